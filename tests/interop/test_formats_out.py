"""An export is read by the tool that it is for, and gives the answers of a replay."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from glancetape_cassettes.formats.cassette import load_cassette
from support.clouds.histories import History, write
from support.clouds.walked_cassettes import MINE, cloud_of, walk
from support.foreign.stubs import Stubs
from support.interop.stub_servers import get, mitmdump_replaying, wiremock
from support.running.processes import ROOT
from support.running.proxies import replaying
from support.sets.set_commands import call

SAMPLES = ROOT / "cassettes" / "samples"
TOKEN = {"X-Auth-Token": "any"}


def _requests(source: Path) -> list[tuple[str, dict[str, str]]]:
    """Path and headers of each recorded request, as it is in the file."""
    cassette = load_cassette(source)
    every = [cassette.request(index) for index in range(len(cassette))]
    targets = [one.uri[one.uri.index("/", len("https://")) :] for one in every]
    return [(path, dict(one.headers)) for path, one in zip(targets, every, strict=True)]


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sources: two samples of a real Glance, an IMS with refusals, and a generated set."""
    folder = tmp_path_factory.mktemp("sources")
    for name in ("walk.yaml", "filters.yaml"):
        shutil.copy(SAMPLES / name, folder / name)
    history = History(cloud_of("ims"), [MINE])
    walk(history)
    for query in ("limit=abc", "name=name+1&limit=1", "tag=x&tag=y&limit=2", "name=%E2%98%83"):
        history.ask(MINE, query)
    write(folder / "ims.yaml", history.interactions)
    call("generate", "--count", "120", "--seed", "5", "--out", folder / "region.images")
    return folder


@pytest.fixture(scope="module", name="stubs")
def _stubs(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A WireMock for each source."""
    root = tmp_path_factory.mktemp("stubs")
    with ExitStack() as stack:
        urls = {}
        for source in sorted(folder.glob("*.*")):
            out = root / source.stem
            limit = ("--limit", "50") if source.suffix == ".images" else ()
            done = call("export", source, "--to", "wiremock", "--out", out, *limit)
            assert 0 == done.exit_code, done.stderr
            urls[source.name] = stack.enter_context(wiremock(out))
        yield urls | {"root": str(root)}


@pytest.mark.parametrize("name", ["walk.yaml", "filters.yaml", "ims.yaml"])
def test_wiremock_answers_recorded_requests_as_a_replay_does(
    name: str, folder: Path, stubs: dict[str, str]
) -> None:
    """Status and bytes; in whatever order the parameters come."""
    with replaying(folder / name) as replay:
        for target, headers in _requests(folder / name):
            path, mark, query = target.partition("?")
            turned = path + mark + "&".join(reversed(query.split("&")))
            is_sorted = "sort" in query or "tag" in query  # there the order has a meaning
            for asked in {target, target if is_sorted else turned}:
                expected = get(replay.url + asked, headers)
                found = get(stubs[name] + asked, headers)
                assert expected == _moved(found, stubs[name], replay.url), asked


def _moved(answer: tuple[int, bytes], url: str, to: str) -> tuple[int, bytes]:
    """An answer whose links lead to another address."""
    return answer[0], answer[1].replace(url.encode(), to.encode())


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("walk.yaml", "/v2/images?limit=7"),
        ("ims.yaml", "/v2/images?limit=2"),
        ("region.images", "/v2/images?limit=50"),
    ],
)
def test_wiremock_is_walked_to_the_end(
    name: str, link: str, folder: Path, stubs: dict[str, str]
) -> None:
    """Each page, and each image by its id, is that of a replay."""
    images = []
    with replaying(folder / name) as replay:
        while link:
            status, body = get(stubs[name] + link, TOKEN)
            assert (status, body) == get(replay.url + link, TOKEN)
            page = json.loads(body)
            images += [one["id"] for one in page["images"]]
            link = page.get("next", "")
        for image_id in images:
            path = f"/v2/images/{image_id}"
            assert get(stubs[name] + path, TOKEN) == get(replay.url + path, TOKEN)
    assert len(images) == len(set(images)) > 5


@pytest.mark.parametrize("name", ["walk.yaml", "region.images"])
@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/v2/images?limit=7&x=1", TOKEN),
        ("/v2/images?limit=50&limit=50", TOKEN),
        ("/v2/images?limit=7", {}),
        ("/v2/images/unknown", TOKEN),
        ("/", {}),
        ("/v2/images?limit=7", {**TOKEN, "X-Api-Version": "Q"}),
    ],
)
def test_wiremock_and_the_reader_of_the_other_tests_agree(
    name: str, target: str, headers: dict[str, str], stubs: dict[str, str]
) -> None:
    """So the tests that run each time show what WireMock does."""
    reader = Stubs(Path(stubs["root"]) / name.partition(".")[0])
    url = stubs[name]

    expected = reader.answer("GET", target, headers, url)
    found = get(url + target, headers)
    assert expected[0] == found[0]
    assert json.loads(expected[1]) == json.loads(found[1])


@pytest.mark.parametrize("name", ["walk.yaml", "filters.yaml", "ims.yaml"])
def test_mitmproxy_replays_a_har_file_as_glancetape_replays_the_cassette(
    name: str, folder: Path, tmp_path: Path
) -> None:
    """Its own reader of HAR, and its own replay."""
    har = tmp_path / "a.har"
    assert 0 == call("export", folder / name, "--to", "har", "--out", har).exit_code
    cassette = load_cassette(folder / name)
    seen = set()
    with replaying(folder / name) as replay, mitmdump_replaying(har, tmp_path / "ca") as proxy:
        for index, (target, headers) in enumerate(_requests(folder / name)):
            if target in seen:  # mitmproxy tells requests apart by their URLs only
                continue
            seen.add(target)
            parts = urlsplit(cassette.request(index).uri)
            url = f"{parts.scheme}://{parts.netloc}{target}"
            expected = get(url, headers, replay.url)
            assert expected == get(url, headers, proxy), target
    assert len(seen) > 5


def test_a_walk_through_a_set_is_replayed_by_mitmproxy(folder: Path, tmp_path: Path) -> None:
    """As far as `next` leads."""
    har = tmp_path / "a.har"
    call("export", folder / "region.images", "--to", "har", "--out", har, "--limit", "25")
    first = json.loads(har.read_bytes())["log"]["entries"][0]["request"]["url"]
    origin, link = re.findall(r"^(https?://[^/]+)(.*)$", first)[0]
    images = []
    with mitmdump_replaying(har, tmp_path / "ca") as proxy:
        while link:
            status, body = get(origin + link, TOKEN, proxy)
            assert 200 == status
            page = json.loads(body)
            images += [one["id"] for one in page["images"]]
            link = page.get("next", "")
    with replaying(folder / "region.images") as replay:
        _, body = get(f"{replay.url}/v2/images?limit=1000", TOKEN)
    assert [one["id"] for one in json.loads(body)["images"]] == images
