"""What a cloud really answers is stored as it is: generated images, and the sample cassettes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from glancetape.cli import main
from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.images.varied import varied_images
from support.oracle.queries import random_queries
from support.running.processes import ROOT

KEEP_IDS = RedactionOptions(keep_ids=True)
SAMPLES = sorted((ROOT / "cassettes" / "samples").glob("*.yaml"))


def redactor() -> Redactor:
    return Redactor(StandIns(b"a key for these tests"), KEEP_IDS)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("preset", ["region", "tenant", "edge-cases"])
def test_generated_images_are_stored_unchanged(preset: str, tmp_path: Path) -> None:
    out = tmp_path / "images.ndjson"
    arguments = ["--spec", preset, "--count", "400", "--seed", "11", "--out", str(out)]
    assert 0 == CliRunner().invoke(main, ["generate", *arguments]).exit_code
    images = [json.loads(line) for line in out.read_text().splitlines()]

    for start in range(0, len(images), 100):
        page = json.dumps({"images": images[start : start + 100]}).encode()
        request = Request("GET", "http://h/v2/images?limit=100")
        found = redactor().interaction(Interaction(request, Response(200, "OK", (), page)))

        assert page == from_readable(found.response_body.readable(), "page")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_the_samples_are_stored_unchanged(sample: Path) -> None:
    cassette = load_cassette(sample)

    for index in range(len(cassette)):
        before = cassette.interaction(index)
        found = redactor().interaction(before)

        assert before.request.uri == found.interaction.request.uri
        assert before.response.headers == found.interaction.response.headers
        assert before.response.body == from_readable(found.response_body.readable(), "body")


def test_there_are_samples() -> None:
    assert SAMPLES


ABSOLUTE = ("http://glance:9292", "https://image.example.com:443/glance", "http://[::1]:9292")
IN_QUERIES = (
    "name=joe%40example.com&limit=2",
    "name=team@web",
    "min_ram=4096&created_at=gte%3A2018-09-06T14%3A03%3A28Z",  # `=40` is `@` in mails
    "limit=2&name=%E9%95%9C&marker=40b8a1f0-0000-4000-8000-000000000000",
)


def kept_links(link: str, header: str = "") -> tuple[str, str]:
    """Return what a cassette keeps of the link of a page, and of its header `Link`."""
    body = json.dumps({"images": [], "first": link, "schema": "/v2/schemas/images"}).encode()
    request = Request("GET", "http://glance:9292/v2/images", (("X-Auth-Token", "t"),))
    headers = (("Content-Type", "application/json"), ("Link", header))
    found = redactor().interaction(Interaction(request, Response(200, "OK", headers, body)))
    first = json.loads(from_readable(found.response_body.readable(), "page"))["first"]
    assert isinstance(first, str)
    return first, dict(found.interaction.response.headers)["Link"]


@pytest.mark.parametrize("base", ABSOLUTE)
def test_an_absolute_link_is_kept_as_a_relative_one_is(base: str) -> None:
    """A sign in a filter ends no user-info: the link would lead to another host."""
    images = list(varied_images(50, 7))
    drawn = [one for one in random_queries(images, 300, 11) if one.isprintable() and "#" not in one]
    for query in (*IN_QUERIES, *drawn):
        link = f"/v2/images?{query}"
        kept, _ = kept_links(link)
        assert kept == link or query in drawn
        pair = '<{0}>; rel="first", <{0}>; rel="next"'
        in_body, in_header = kept_links(f"{base}{link}", pair.format(f"{base}{link}"))
        assert f"{base}{kept}" == in_body, query
        assert "<" in link or pair.format(f"{base}{kept}") == in_header, query


@pytest.mark.parametrize("rest", ['; rel="next"', "; rel=next", '; title="a"; rel="next"'])
def test_the_password_in_an_absolute_link_is_not_kept(rest: str) -> None:
    link = "http://joe:hunter2hunter2@glance/v2/images?name={}"
    kept = "http://glance/v2/images?name={}"
    for name in ("web", "joe%40example.com") if "title" not in rest else ("web",):
        wanted = kept.format(name)
        found = kept_links(link.format(name), f"<{link.format(name)}>{rest}")
        assert (wanted, f"<{wanted}>{rest}") == found


@pytest.mark.parametrize("password", ["hunter/2", "12/x9rT41sa", "x/v2/images?y", "a:b/9"])
def test_a_password_with_the_signs_of_a_link_is_not_kept(password: str) -> None:
    link = f"http://joe:{password}@glance/v2/images?limit=2"
    wanted = "http://glance/v2/images?limit=2"
    assert (wanted, f"<{wanted}>; rel=next") == kept_links(link, f"<{link}>; rel=next")


@pytest.mark.parametrize(
    "header",
    [
        '<http://glance/v2/images?limit=1>; rel="next"; title="password=hunter2hunter2"',
        '<http://glance/v2/images?password=hunter2hunter2>; rel="next"',
        '<http://glance/v2/images?name=http%3A%2F%2Fjoe%3Ahunter2hunter2%40h%2F>; rel="next"',
        'password=hunter2hunter2, <http://glance/v2/images?name=joe@h>; rel="next"',
    ],
)
def test_other_secrets_of_a_link_header_are_not_kept(header: str) -> None:
    assert "hunter2" not in kept_links("/v2/images", header)[1]
