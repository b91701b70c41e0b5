"""A HAR file where a cassette is expected: its image service is replayed, nothing else."""

from pathlib import Path

import pytest

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from support.foreign.har_files import entry, write_har

SERVERS = entry("http://nova:8774/v2.1/servers", '{"servers": []}')
SNAPSHOT = entry(request={"method": "POST", "url": "http://nova:8774/v2.1/servers/1/action"})
LOST = entry(text=None, request={"method": "DELETE", "url": "http://glance:9292/v2/images/1"})


def test_what_may_have_changed_images_is_a_mark(tmp_path: Path) -> None:
    """Under the number of its entry; what cannot have changed any is left out."""
    cassette = load_cassette(write_har(tmp_path / "a.har", [SERVERS, entry(), SNAPSHOT, LOST]))

    found = [(str(cassette.source(at)), cassette.is_mark(at)) for at in range(len(cassette))]
    assert [("a.har#2", False), ("a.har#3", True), ("a.har#4", True)] == found
    assert 200 == cassette.status(0)
    assert (200, {"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}) == (
        cassette.json_answer(0)
    )


IF_CHANGED = [{"name": "if-none-match", "value": '"1"'}]


def test_a_304_answers_only_a_conditional_request(tmp_path: Path) -> None:
    """A browser often hides that it asked so; to everybody else it would be an empty answer."""
    asked = {"method": "GET", "url": "http://glance:9292/v2/images"}
    hidden = entry(request=asked, response={"status": 304})
    shown = entry(request=asked | {"headers": IF_CHANGED}, response={"status": 304})

    cassette = load_cassette(write_har(tmp_path / "a.har", [entry(), hidden, shown]))

    found = [(str(cassette.source(at)), cassette.status(at)) for at in range(len(cassette))]
    assert [("a.har#1", 200), ("a.har#3", 304)] == found


def test_its_digest_is_that_of_what_it_holds(tmp_path: Path) -> None:
    """What is derived is kept on the disk under it."""
    same = [write_har(tmp_path / f"{number}.har", [entry()]) for number in range(2)]
    other = write_har(tmp_path / "c.har", [entry("http://glance:9292/v2/images?limit=1")])

    digests = [load_cassette(path).digest() for path in (*same, other)]

    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([SERVERS, LOST], "no answer of the image service is in it"),
        ([], "no answer of the image service is in it"),
        ([entry(), entry(request={"url": ""})], "entry 2: 'request.url' is missing"),
    ],
    ids=["other services", "nothing", "bad"],
)
def test_a_file_that_cannot_be_replayed_is_refused(
    tmp_path: Path, entries: list[object], said: str
) -> None:
    """Never an empty recording."""
    with pytest.raises(CassetteError, match=said):
        load_cassette(write_har(tmp_path / "a.har", entries))
