"""The closest recording: the same as by comparing every text, and found at once among many."""

import json
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


_LEAVES: list[Any] = ["swordfish", 41, True, False, None]
_PLACES = st.tuples(*[st.sampled_from(["identity", "scope", "domain-x"])] * 3)
_CHANGES = st.sampled_from(["same", "another", "absent", "recorded alone"])


def _posted(members: dict[tuple[str, ...], Any]) -> Asked:
    """A request whose body has these values at these places."""
    body: dict[str, Any] = {}
    for place, value in members.items():
        inner = body
        for name in place[:-1]:
            inner = inner.setdefault(name, {})
        inner[place[-1]] = value
    return _asked(Request("POST", "http://a/v2/images", (), json.dumps(body).encode()))


@given(
    changes=st.dictionaries(_PLACES, st.tuples(_CHANGES, st.sampled_from(_LEAVES)), max_size=6),
)
def test_the_members_of_a_body_that_differ_are_named_without_their_values(
    changes: dict[tuple[str, ...], tuple[str, Any]],
) -> None:
    """A value may be a password; whether there is one is none."""
    recorded = {place: leaf for place, (how, leaf) in changes.items() if how != "absent"}
    asked = {
        place: leaf if how != "another" else _LEAVES[_LEAVES.index(leaf) - 1]
        for place, (how, leaf) in changes.items()
        if how != "recorded alone"
    }

    found = closest.differences(_posted(asked), _posted(recorded))

    differ = {".".join(place) for place, (how, _) in changes.items() if how != "same"}
    assert differ == {str(one).partition(" at ")[2].partition(",")[0] for one in found}
    assert all(word not in str(found) for word in ("swordfish", "41"))
    assert bool(differ) * closest.distance([closest.Difference("body", "x", "y")]) == (
        closest.distance(found)
    )


@pytest.mark.parametrize(
    ("asked", "recorded", "shown"),
    [
        ('{"a": "x"}', '{"a": "y"}', "body: asked a text at a, recorded another text"),
        ('{"a": 1}', '{"a": 2}', "body: asked a number at a, recorded another number"),
        ('{"a": 1}', '{"a": "1"}', "body: asked a number at a, recorded a text"),
        ('{"a": 1}', '{"a": true}', "body: asked a number at a, recorded true"),
        ("{}", '{"a": "x"}', "body: asked (absent), recorded a text at a"),
        ('{"a": null}', "{}", "body: asked null at a, recorded (absent)"),
        ('[{"op": "x"}]', '[{"op": "y"}]', "body: asked a text at [0].op, recorded another text"),
        ('{"a b": 1}', "{}", 'body: asked a number at "a b", recorded (absent)'),
        ('{"\\u001b[2J": 1}', "{}", 'body: asked a number at "\\u001b[2J", recorded (absent)'),
        ("[[1, 2]]", "[[1, 3]]", "body: asked a number at [0][1], recorded another number"),
        ('"x"', '"yy"', "body: asked 3 characters, recorded another, 4 characters"),
        ("abc", "{}", "body: asked 3 characters, recorded another, 2 characters"),
        ("", "{}", "body: asked none, recorded another, 2 characters"),
        ("x", "", "body: asked 1 characters, recorded none"),
        (
            "[" * 1500 + "]" * 1500,
            "[" * 1501 + "]" * 1501,
            "body: asked 3000 characters, recorded another, 3002 characters",
        ),
        (
            json.dumps({"a": "x" * 100_000}),
            "{}",
            "body: asked 100011 characters, recorded another, 2 characters",
        ),
    ],
)
def test_a_body_is_compared_by_its_members_where_it_has_some(
    asked: str, recorded: str, shown: str
) -> None:
    """Another body, and a very large one, by its length."""
    one, other = (_asked(Request("POST", "http://a/", (), b.encode())) for b in (asked, recorded))

    assert [shown] == [*map(str, closest.differences(one, other))]


def test_of_many_bodies_the_closest_has_the_fewest_members_that_differ(tmp_path: Path) -> None:
    """All of them differ; the one with another name alone is the most like it."""
    owners = [("remy", "team"), ("dana", "team"), ("taro", "demo")]
    recorded = [_posted({("owner",): user, ("name",): project}) for user, project in owners]

    found = _closest(
        _posted({("owner",): "dana", ("name",): "demo"}), _group(recorded, tmp_path / "a.yaml")
    )

    assert found is not None
    assert ("a.yaml#2", ["body: asked a text at name, recorded another text"]) == (
        str(found.source),
        [*map(str, found.differences)],
    )
