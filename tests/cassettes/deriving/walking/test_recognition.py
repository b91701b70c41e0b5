"""Which dialect a recording shows, and which limits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from glancetape_cassettes.deriving.walking.recognition import Recognised
from glancetape_cassettes.interaction import Headers, Request, Response
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    AS_GLANCE,
    AS_IMS,
    ASKED,
    JSON,
    MINE,
    derived_from,
    history_of,
    history_of_four,
    keep,
    keep_page,
    listed_image,
    shown,
    shown_by,
)

PLAIN: Headers = (JSON,)
OLD = "as a Glance before 17: images without os_hidden"


def recognised(history: History, folder: Path) -> Recognised | None:
    return derived_from(history, folder, "auto").recognised


def of_page(
    folder: Path, query: str, images: Sequence[dict[str, Any]], headers: Headers, next_: str = ""
) -> Recognised | None:
    history = history_of()
    keep_page(history, query, images, next_, headers)
    return recognised(history, folder)


def old(number: int) -> dict[str, Any]:
    """Return an image as a Glance shows it that knows no hidden images."""
    found = shown_by(number)
    for name in ("os_hidden", "os_hash_algo", "os_hash_value"):
        del found[name]
    return found


def test_ims_is_recognised_by_its_links_and_headers(tmp_path: Path) -> None:
    """All signs are named."""
    found = recognised(history_of_four("ims"), tmp_path)

    signs = "links with __isregistered added; X-Request-Id; Server: api-gateway"
    assert Recognised("ims", signs) == found


def test_ims_is_recognised_by_a_full_last_page(tmp_path: Path) -> None:
    """Glance gives a `next` with every full page."""
    found = of_page(tmp_path, "limit=2", [old(2), old(1)], PLAIN)

    assert Recognised("ims", "a full last page without next") == found


def test_glance_is_recognised_by_its_header_and_its_images(tmp_path: Path) -> None:
    """Both signs are named."""
    found = recognised(history_of_four(), tmp_path)

    assert Recognised("glance", "X-Openstack-Request-Id; images with os_hidden") == found


def test_glance_is_recognised_by_an_empty_list(tmp_path: Path) -> None:
    """The header alone is enough."""
    assert Recognised("glance", "X-Openstack-Request-Id") == of_page(tmp_path, "", [], AS_GLANCE)


@pytest.mark.parametrize(
    ("images", "headers", "signs"),
    [
        ([], PLAIN, "no signs of either"),
        ([old(1)], PLAIN, OLD),
        (
            [old(2), shown_by(1)],
            AS_GLANCE,
            f"as Glance: X-Openstack-Request-Id; images with os_hidden, {OLD}",
        ),
        (
            [shown_by(1)],
            AS_IMS,
            "as IMS: X-Request-Id; Server: api-gateway, as Glance: images with os_hidden",
        ),
    ],
)
def test_a_recording_whose_signs_fit_no_dialect_is_replayed_exactly_only(
    images: list[dict[str, Any]], headers: Headers, signs: str, tmp_path: Path
) -> None:
    """The miss names the signs, and the option for the dialect."""
    history = history_of()
    keep_page(history, "", images, headers=headers)
    deriver = derived_from(history, tmp_path, "auto")

    assert Recognised("", signs) == deriver.recognised
    assert shown(deriver, "name=a") == (
        f"Nothing is derived, because the recording fits no known cloud ({signs}); --dialect names "
        "one."
    )


@pytest.mark.parametrize(
    ("images", "newest", "expected"),
    [
        (
            [old(1)],
            None,
            Recognised("glance-pre-17", "X-Openstack-Request-Id; images without os_hidden"),
        ),
        ([], 4, Recognised("glance-pre-17", "X-Openstack-Request-Id; v2.4 as the newest version")),
        ([], 7, Recognised("glance", "X-Openstack-Request-Id; v2.7 as the newest version")),
        (
            [old(1)],
            9,
            Recognised("", f"as Glance: X-Openstack-Request-Id; v2.9 as the newest version, {OLD}"),
        ),
    ],
)
def test_an_older_glance_is_recognised_by_its_images_and_versions(
    images: list[dict[str, Any]], newest: int | None, expected: Recognised, tmp_path: Path
) -> None:
    """Glance 17 (Rocky) is the first with v2.7, and the first that shows os_hidden."""
    history = history_of()
    keep_page(history, "", images)
    if newest is not None:
        links = [{"rel": "self", "href": "http://glance:9292/v2/"}]
        versions = [{"id": f"v2.{one}", "status": "S", "links": links} for one in range(newest + 1)]
        body = orjson.dumps({"versions": versions})
        request = Request("GET", "http://glance:9292/versions", (), b"")
        keep(history, request, Response(200, "", PLAIN, body))

    assert expected == recognised(history, tmp_path)


def test_a_recording_without_pages_has_no_lists(tmp_path: Path) -> None:
    """Single images and refused lists show no dialect."""
    history = history_of(listed_image(1))
    history.look(MINE, listed_image(1)["id"])
    deriver = derived_from(history, tmp_path, "auto")

    assert deriver.recognised is None
    assert "No list of images is recorded." == shown(deriver, "")


@pytest.mark.parametrize(
    "response",
    [
        Response(500, "", AS_GLANCE, b'{"images": []}'),
        Response(200, "OK", AS_GLANCE, b"<html>"),
        Response(200, "OK", AS_GLANCE, b"[]"),
        Response(200, "OK", AS_GLANCE, b'{"images": 3}'),
        Response(200, "OK", AS_GLANCE, b'{"image": {}}'),
    ],
)
def test_an_answer_that_is_no_page_shows_no_dialect(response: Response, tmp_path: Path) -> None:
    """An error, HTML, or JSON of another shape."""
    history = history_of()
    keep(history, MINE.request(""), response)

    assert recognised(history, tmp_path) is None


def test_the_dialect_can_be_named(tmp_path: Path) -> None:
    """Then its rules apply, whatever the signs are."""
    history = history_of()
    keep_page(history, "", [old(2), old(1)], headers=PLAIN)
    for dialect in ("glance", "ims"):
        deriver = derived_from(history, tmp_path, dialect)

        assert Recognised(dialect, "named by --dialect") == deriver.recognised
        assert [1, 2] == shown(deriver, "sort_key=name&sort_dir=asc")


def test_the_last_page_of_a_long_recording_is_always_looked_at(tmp_path: Path) -> None:
    """Of the others, some are looked at."""
    history = history_of()
    for number in range(120):
        keep_page(history, f"name={number}", [], headers=PLAIN)
    keep_page(history, "name=x", [shown_by(1)], headers=PLAIN)

    assert Recognised("glance", "images with os_hidden") == recognised(history, tmp_path)


OTHERS = {
    "DigitalOcean": (
        "http://api.example/v2/images?per_page=1",
        b'{"images": [{"id": 7, "name": "x"}], "links": {}, "meta": {"total": 56}}',
    ),
    "Nova": (
        "http://glance:9292/v2.1/images",
        b'{"images": [{"id": "x", "name": "n", "links": []}]}',
    ),
    "an empty Nova": ("http://glance:9292/v2.1/images", b'{"images": []}'),
}


@pytest.mark.parametrize(("uri", "body"), OTHERS.values(), ids=OTHERS.keys())
def test_a_list_of_another_service_is_no_list_of_this_cloud(
    tmp_path: Path, uri: str, body: bytes
) -> None:
    """Other recorders store it in the same cassette."""
    history = history_of_four()
    keep(history, Request("GET", uri, MINE.request("").headers), Response(200, "", (JSON,), body))
    alone = history_of()
    keep(alone, Request("GET", uri), Response(200, "", (JSON,), body))

    deriver = derived_from(history, tmp_path)
    assert deriver.recognised is not None
    assert "glance" == deriver.recognised.dialect
    assert [1, 2, 3, 4] == shown(derived_from(history, tmp_path, "glance"), ASKED)
    assert recognised(alone, tmp_path) is None
