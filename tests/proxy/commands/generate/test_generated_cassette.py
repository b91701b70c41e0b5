"""The cassette that `glancetape generate` makes: it is one like any other, and true to its set."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr
import yaml

from glancetape import __version__
from glancetape_cassettes.cloud.walk_cassette import WalkPlan, WalkSize, record_walk
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import header
from support.running.in_process import run
from support.running.processes import run_process
from support.running.proxies import replaying
from support.sets.changed_sets import change_body
from support.sets.set_files import Record, make_set, record

HOST = "https://ims.eu-west-101.example.com"
FIRST = "/v2/images"
OTHER = "f" * 32
TOKEN = {"X-Auth-Token": "any"}


@pytest.fixture
def walked(tmp_path: Path) -> Path:
    """The cassette of 300 images of the preset `tenant`, and beside it the set."""
    return _generated(tmp_path, "--count", "300", "--spec", "tenant")


def _generated(folder: Path, *arguments: str) -> Path:
    for ending in ("images", "yaml"):
        done = run("generate", *arguments, "--out", folder / f"a.{ending}")
        assert 0 == done.returncode, done.stderr
    return folder / "a.yaml"


def _home(cassette: Path) -> str:
    with ImageSet(cassette.with_suffix(".images")) as images:
        return images.about["home_project"]


def _pages_of_the_set(cassette: Path) -> list[bytes]:
    """Walk through the set with `glancetape query`."""
    pages: list[bytes] = []
    link: str | None = FIRST
    while link:
        pages.append(run("query", cassette.with_suffix(".images"), link).stdout[:-1].encode())
        link = json.loads(pages[-1]).get("next")
    return pages


def _pages_from(origin: str, **more: Any) -> list[bytes]:
    """Walk as a client does."""
    pages: list[bytes] = []
    link: str | None = FIRST
    while link:
        answer = requests.get(origin + link, timeout=10, **more)
        assert 200 == answer.status_code, answer.text
        pages.append(answer.content)
        link = answer.json().get("next")
    return pages


def _ids(pages: list[bytes]) -> list[str]:
    return [image["id"] for page in pages for image in json.loads(page)["images"]]


def test_a_walk_in_vcrpy_gives_what_the_set_answers(walked: Path) -> None:
    """All of what the home project sees, in order, with nothing else on the wire."""
    expected = _pages_of_the_set(walked)

    with vcr.use_cassette(str(walked), record_mode="none") as cassette:
        pages = _pages_from(HOST)

    assert len(expected) == len(pages) == cassette.play_count > 2
    assert list(map(json.loads, expected)) == list(map(json.loads, pages))
    assert len(_ids(pages)) == len(set(_ids(pages)))


@pytest.mark.parametrize("dialect", ["ims", "glance"])
def test_a_replayed_walk_gives_the_bytes_that_the_set_answers(tmp_path: Path, dialect: str) -> None:
    """In both dialects, to who asks the player itself and to who asks by it."""
    cassette = _generated(tmp_path, "--count", "300", "--spec", "tenant", "--dialect", dialect)
    expected = _pages_of_the_set(cassette)

    with replaying(cassette) as player:
        direct = _pages_from(player.url, headers=TOKEN)
        proxies = {"http": player.url}
        host = HOST.replace("https", "http").replace("ims.", f"{dialect}.")
        through = _pages_from(host, headers=TOKEN, proxies=proxies)

    assert expected == direct == through
    assert len(expected) > 2


def test_callers_get_what_is_theirs(walked: Path) -> None:
    """The home project, and any token; another project with --own-project only, nobody nothing."""
    home = _home(walked)

    with replaying(walked) as player:
        answers = [
            requests.get(player.url + FIRST, headers=headers, timeout=10).status_code
            for headers in (
                {},
                {"X-Project-Id": home},
                TOKEN,
                {"X-Project-Id": OTHER},
            )
        ]
    assert [501, 200, 200, 501] == answers

    with replaying(walked, own_project=OTHER) as player:
        page = _pages_from(player.url, headers={"X-Project-Id": OTHER})[0]
    owners = {image["owner"] for image in json.loads(page)["images"]}
    assert OTHER in owners
    assert home not in owners


def test_its_head_has_how_it_was_recorded(walked: Path) -> None:
    """A page a second from the spec's own now; ids as they are, as no key made them."""
    cassette = load_cassette(walked)
    interactions = [cassette.interaction(number) for number in range(len(cassette))]
    first, second = interactions[:2]
    head = yaml.safe_load(walked.read_text().partition("interactions:")[0])

    assert {
        "version": 1,
        "recorder": f"glancetape {__version__}",
        "redaction": {"key_id": "", "ids": "kept"},
    } == head
    assert ("GET", HOST + FIRST) == (first.request.method, first.request.uri)
    assert HOST + json.loads(first.response.body)["first"] == second.request.uri
    assert first.response.body == second.response.body
    assert HOST + json.loads(second.response.body)["next"] == cassette.interaction(2).request.uri
    assert all("limit" not in one.request.uri for one in interactions)
    assert (
        ("Host", "ims.eu-west-101.example.com"),
        ("Accept", "application/json"),
        ("X-Project-Id", _home(walked)),
    ) == first.request.headers
    assert ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"] == [
        one.recorded_at for one in (first, second)
    ]
    assert "Thu, 01 Jan 2026 00:00:01 GMT" == header(second.response.headers, "date")
    request_ids = {header(one.response.headers, "x-request-id") or "" for one in interactions}
    assert len(interactions) == len(request_ids)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in request_ids)


@pytest.mark.parametrize("spec", ["region", "tenant", "edge-cases"])
def test_every_page_is_laid_out_line_by_line(tmp_path: Path, spec: str) -> None:
    """Whatever names and properties hold; so a changed field is a one-line diff."""
    run("generate", "--count", "2000", "--spec", spec, "--out", tmp_path / "a.yaml")
    text = (tmp_path / "a.yaml").read_text()

    pages = len(load_cassette(tmp_path / "a.yaml"))
    assert pages == text.count("\n    json: compact\n") > 5
    assert text.count('\n              "id": ') > 25 * (pages - 1)


def test_the_bytes_of_ten_thousand_images_come_back(tmp_path: Path) -> None:
    """As many as a cassette is made of."""
    cassette = _generated(tmp_path, "--count", "10000")
    loaded = load_cassette(cassette)

    with ImageSet(cassette.with_suffix(".images")) as images:
        bodies = images.bodies(range(len(images)))
    expected = {json.loads(body)["id"]: body for body in bodies}
    shown = 0
    for number in range(len(loaded)):
        page = loaded.interaction(number).response.body
        for image in json.loads(page)["images"]:
            assert expected[image["id"]] in page
            shown += 1
    assert 10_000 > shown > 320  # the catalogue, the market, and what is the project's


def test_scan_finds_nothing_in_it(walked: Path) -> None:
    """There was never anything secret."""
    done = run_process("scan", walked)

    assert 0 == done.returncode
    assert f"{walked}: no secrets in " in done.stdout


# The walk itself


def _walk(tmp_path: Path, records: list[Record], walk: WalkPlan) -> tuple[WalkSize, Path]:
    make_set(tmp_path / "b.images", records)
    with ImageSet(tmp_path / "b.images") as images, (tmp_path / "b.yaml").open("wb") as file:
        walked = record_walk(images, walk, file)
    return walked, tmp_path / "b.yaml"


@pytest.mark.parametrize(
    ("count", "pages"), [(1, 1), (24, 1), (25, 2), (26, 2), (50, 3)], ids=lambda number: f"{number}"
)
def test_a_walk_ends_where_the_cloud_ends_it(tmp_path: Path, count: int, pages: int) -> None:
    """Glance gives a full page a `next` even when nothing follows."""
    records = [record(f"{number:03}") for number in range(count)]

    walked, cassette = _walk(tmp_path, records, WalkPlan("https://glance.example", 0, 1))

    assert WalkSize(count, pages) == walked
    assert pages == len(load_cassette(cassette))


def test_without_a_home_project_nobody_in_particular_asks(tmp_path: Path) -> None:
    """Of public images alone no project is at home."""
    _, cassette = _walk(tmp_path, [record("a")], WalkPlan("https://glance.example", 0, 1))

    headers = load_cassette(cassette).request(0).headers
    assert ["Host", "Accept"] == [name for name, _ in headers]


def test_no_page_is_younger_than_times_can_be(tmp_path: Path) -> None:
    """The year 10000 cannot be written."""
    records = [record(f"{number:03}") for number in range(60)]

    _, path = _walk(tmp_path, records, WalkPlan("https://glance.example", 253_402_300_798, 1))

    cassette = load_cassette(path)
    assert ["9999-12-31T23:59:58Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"] == [
        cassette.interaction(number).recorded_at for number in range(3)
    ]


@pytest.mark.parametrize("comma", [",", ", "], ids=["as written", "by hand"])
def test_odd_text_keeps_its_bytes(tmp_path: Path, comma: str) -> None:
    """Also in a set that another program has had in hand."""
    odd = record("a", name='\u2028 \x7f \ufeff 镜像 & \\ "', __text='{"a": "b", "c": "d"}')
    make_set(tmp_path / "b.images", [odd])
    with ImageSet(tmp_path / "b.images") as images:
        body = images.bodies([0])[0].replace(b',"', f'{comma}"'.encode())
    change_body(tmp_path / "b.images", 0, body)

    with ImageSet(tmp_path / "b.images") as images, (tmp_path / "b.yaml").open("wb") as file:
        record_walk(images, WalkPlan("https://glance.example", 0, 1), file)

    answer = run("query", tmp_path / "b.images").stdout[:-1].encode()
    assert answer == load_cassette(tmp_path / "b.yaml").interaction(0).response.body
    assert f'{comma}"name"'.encode() in answer
