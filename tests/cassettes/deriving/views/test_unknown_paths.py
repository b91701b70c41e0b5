"""Glance's 404 for a path that its router does not know, as far as recorded lists prove it."""

from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.answers import Answer
from support.clouds.asking import derive
from support.clouds.clouds import HOST, Caller
from support.clouds.recorded_lists import (
    AS_GLANCE,
    JSON,
    MINE,
    THEIRS,
    derived_from,
    history_of_four,
    keep,
    walk,
)
from support.one_image import id_of

UNKNOWN = [
    "/v2/images/",
    "/v2/images.json",
    "/v2/image",
    "/v2/Images",
    "/v2/nothing",
    "/v2/nothing/at/all",
    f"/v2/images/{id_of(1)}/",
    f"/v2/images/{id_of(1)}/nothing",
    "/v2/schemas/nothing",
]
NOT_DERIVED = [
    "/v2/schemas/image",  # known, and not recorded
    "/v2/metadefs/namespaces",
    f"/v2/images/{id_of(1)}/members",
    f"/v2/images/{id_of(1)}/import",  # known, for another method
    "/v2//images/",  # a server in front may join the slashes
    "/v2/./images",  # and leave out dots
    "/v2/images/..",
    "/v2/images/%2e%2E",
    "/v2/no%20thing",
    "/v2/cached_images",  # older versions knew it
    "/v2.1/nothing",  # Nova's
    "/v2.9/nothing",  # no list is recorded there
    "/nothing",
    "/v3/nothing",
    "/other/v2/nothing",
]


def status_of(deriver: Deriver, path: str, caller: Caller = MINE, query: str = "") -> Any:
    outcome = derive(deriver, caller.request(query, path))
    return outcome.response.status if isinstance(outcome, Answer) else None


def test_a_path_that_no_glance_knows_gets_its_404(tmp_path: Path) -> None:
    """In the form that the client accepts, from the rules alone."""
    deriver = derived_from(history_of_four(), tmp_path)
    outcome = derive(deriver, MINE.request("", "/v2/images/"))

    assert [404] * len(UNKNOWN) == [status_of(deriver, path) for path in UNKNOWN]
    assert isinstance(outcome, Answer)
    assert "rules of glance" == outcome.source
    assert b"The resource could not be found." in outcome.response.body


@pytest.mark.parametrize("path", NOT_DERIVED)
def test_a_path_that_some_server_may_know_is_a_miss(path: str, tmp_path: Path) -> None:
    """So is one of another service, or where no list is recorded."""
    assert status_of(derived_from(history_of_four(), tmp_path), path) is None


@pytest.mark.parametrize("dialect", ["ims", "glance-pre-17"])
def test_other_clouds_have_words_of_their_own(dialect: str, tmp_path: Path) -> None:
    """The gateway of IMS answers it, and an older Glance in a form that is not known."""
    deriver = derived_from(history_of_four(), tmp_path, dialect)

    assert status_of(deriver, "/v2/images/") is None


def test_a_cloud_that_answers_one_of_them_may_answer_others(tmp_path: Path) -> None:
    """Some list images at a path with a slash at its end."""
    history = history_of_four()
    request = Request("GET", f"{HOST}/v2/images/", MINE.request("").headers)
    keep(history, request, Response(200, "OK", AS_GLANCE, b'{"images": []}'))

    assert status_of(derived_from(history, tmp_path), "/v2/nothing") is None


@pytest.mark.parametrize("status", [401, 403])
def test_a_caller_that_was_refused_gets_no_404(status: int, tmp_path: Path) -> None:
    """It would be refused again, before anything else."""
    history = history_of_four()
    keep(history, MINE.request("limit=1"), Response(status, "", (JSON,), b"{}"))

    assert status_of(derived_from(history, tmp_path), "/v2/nothing") is None


def test_nobody_else_gets_the_404(tmp_path: Path) -> None:
    """Another project, a caller without credentials, and one of two."""
    history = history_of_four()
    one = derived_from(history, tmp_path)
    assert status_of(one, "/v2/nothing", THEIRS) is None
    assert derive(one, Request("GET", f"{HOST}/v2/nothing")) is None
    assert status_of(one, "/v2/nothing", query="_method=POST") is None

    history.callers = (MINE, THEIRS)
    walk(history, caller=THEIRS)
    two = derived_from(history, tmp_path)
    assert 404 == status_of(two, "/v2/nothing", THEIRS)
    assert status_of(two, "/v2/nothing", Caller("new", by_token=True)) is None
