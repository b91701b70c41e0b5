"""The closest recording: the same as by comparing every text, and found at once among many."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying import closest
from glancetape_cassettes.replaying.callers import caller_of
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.question import Asked, question_of
from glancetape_cassettes.replaying.recorded_terms.as_recorded import AsRecorded
from support.clouds.recorded import get, ok, write_cassette
from support.running.calls import at_most_calls


def _asked(request: Request, host: str | None = "a", error_form: str | None = None) -> Asked:
    form: Any = error_form
    return Asked(
        question=question_of(request),
        host=host,
        caller=caller_of(request.headers),
        error_form=form,
    )


_PAIRS = st.lists(
    st.tuples(st.sampled_from(["tag", "limit", "name"]), st.sampled_from("123")), max_size=4
)
_ASKED = st.builds(
    lambda method, path, pairs, body, headers, host, form: _asked(
        Request(
            method,
            f"http://a{path}?" + "&".join(f"{name}={value}" for name, value in pairs),
            tuple(headers.items()),
            body,
        ),
        host,
        form,
    ),
    st.sampled_from(["GET", "PATCH"]),
    st.sampled_from(["/v2/images", "/v2/images/1"]),
    _PAIRS,
    st.sampled_from([b"", b"{}"]),
    st.dictionaries(
        st.sampled_from(["X-Project-Id", "X-Api-Version", "If-Modified-Since"]),
        st.sampled_from(["a", "z"]),
    ),
    st.sampled_from([None, "a", "b"]),
    st.sampled_from([None, "json", "html"]),
)


def _group(recorded: list[Asked], path: Path) -> RedactedAlike:
    cassette = load_cassette(write_cassette(path, [(get("/v2/images"), ok())]))
    group = RedactedAlike(number=0, redactor=None)
    for index, one in enumerate(recorded):
        group.add(
            Entry(
                cassette=cassette,
                cassette_number=0,
                index=index,
                asked=one,
                uri="http://a/",
            )
        )
    return group


def _closest(asked: Asked, group: RedactedAlike) -> closest.Closest | None:
    form = AsRecorded(group=group, asked=asked, uri="http://a/", restore={})
    return closest.closest_to(Lookup(request=get("/"), as_recorded=(form,)))


@given(asked=_ASKED, recorded=st.lists(_ASKED, max_size=5))
def test_the_closest_recording_of_a_path_is_the_one_that_differs_least(
    tmp_path_factory: pytest.TempPathFactory, asked: Asked, recorded: list[Asked]
) -> None:
    group = _group(recorded, tmp_path_factory.mktemp("closest") / "a.yaml")
    same_path = [one for one in recorded if one.question.path == asked.question.path]
    far = [closest.distance(closest.differences(asked, one)) for one in same_path or recorded]

    found = _closest(asked, group)

    assert (min(far) if far else None) == (found and closest.distance(found.differences))


LARGE = {
    "a list": "/v2/images?limit=3&name=n5",
    "an image": "/v2/images/99",
    "another path": "/v2/metadefs",
    "a thousand tags": "/v2/images?" + "&".join(f"tag={n}" for n in range(1000)),
    "a thousand parameters": "/v2/images?" + "&".join(f"a{n}=b" for n in range(1000)),
}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> RedactedAlike:
    """100,000 recorded requests: pages of a walk, and images."""
    targets = [f"/v2/images?limit=5&marker={n:08d}&name=n{n}" for n in range(50_000)]
    targets += [f"/v2/images/{n:08d}" for n in range(50_000)]
    recorded = [_asked(get(target)) for target in targets]
    return _group(recorded, tmp_path_factory.mktemp("large") / "a.yaml")


@pytest.mark.sampled(5)
@pytest.mark.parametrize("target", LARGE.values(), ids=LARGE.keys())
def test_the_closest_of_100_000_recordings_is_found_at_once(
    large: RedactedAlike, target: str
) -> None:
    """One in eight is compared at most; all of them would take 800,000 calls."""
    asked = _asked(get(target))

    with at_most_calls(120_000):
        found = _closest(asked, large)

    assert found is not None


def test_two_callers_whose_tokens_are_not_shown_are_one_and_another(tmp_path: Path) -> None:
    """A foreign cassette holds real tokens."""
    mine, theirs = (
        _asked(get("/v2/images", ("X-Auth-Token", token))) for token in ("gAAAAABl", "gAAAAABm")
    )

    found = _closest(mine, _group([theirs], tmp_path / "a.yaml"))

    assert found is not None
    assert ["caller: asked token, recorded another token"] == [*map(str, found.differences)]
