"""In which state, and from which cassettes, a walk proves something."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.body import to_readable
from glancetape_cassettes.formats.cassette import Redaction, load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.interaction import (
    Interaction,
    Request,
    Response,
    mark_of,
    without_headers,
)
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import derive, find
from support.clouds.clouds import Caller
from support.clouds.histories import History, write
from support.clouds.recorded_lists import (
    AS_GLANCE,
    JSON,
    MINE,
    THEIRS,
    change,
    derived_from,
    history_of,
    history_of_four,
    keep,
    listed_image,
    opened,
    remove,
    shown,
    shown_by,
    walk,
)
from support.clouds.small_images import ME, OTHER
from support.one_image import id_of

ASKED = "sort_key=name&sort_dir=asc"
NO_STATE = "No list is recorded in the state that the requests played so far lead to."


def changing(method: str, number: int = 1, body: bytes = b"{}") -> Request:
    """Make a request that changes an image."""
    request = MINE.request("", f"/v2/images/{id_of(number)}")
    return Request(method, request.uri, request.headers, body)


def keep_mark(history: History, request: Request) -> None:
    """Record that a request passed through."""
    history.interactions.append(without_headers(mark_of(request, "2026-11-23T10:00:30Z")))


def play(recording: RecordedAnswers, request: Request) -> None:
    assert isinstance(find(recording, request), Answer)


# -- States --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "status"), [("POST", 201), ("PATCH", 200), ("DELETE", 204)])
def test_before_a_recorded_change_the_first_walk_answers_and_after_it_the_second(
    method: str, status: int, tmp_path: Path
) -> None:
    """They are of two states, so neither contradicts the other."""
    history = history_of_four()
    keep(history, changing(method), Response(status, "", (JSON,), b""))
    if method == "DELETE":
        remove(history, 1)
    else:
        change(history, 1, name="z")
    walk(history)
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert [1, 2, 3, 4] == shown(deriver, ASKED)
    play(recording, changing(method))
    assert ([2, 3, 4] if method == "DELETE" else [2, 3, 4, 1]) == shown(deriver, ASKED)


UNSEEN = {
    "deleted": lambda history: remove(history, 2),
    "renamed": lambda history: change(history, 2, name="z"),
    "created": lambda history: history.cloud.images.append(listed_image(5)),
    "nothing": lambda _: None,
}
"""What someone else does that no request records."""
LATER = {
    "a list": lambda history: history.ask(MINE, ""),
    "a page": lambda history: history.ask(MINE, f"limit=3&marker={id_of(4)}"),
    "a filtered list": lambda history: history.ask(MINE, "__os_type=Linux"),
    "a list of another caller": lambda history: history.ask(THEIRS, ""),
}
RECORDED = {
    "PATCH of another image": (changing("PATCH", 3), True),
    "DELETE of another image": (changing("DELETE", 1), True),
    "PATCH of the same image": (changing("PATCH", 2), False),
    "an action at Cinder": (Request("POST", "http://cinder:8776/v3/p/volumes/v/action"), True),
    "DELETE elsewhere": (Request("DELETE", "http://other:8000/v1/things/2"), False),
}
"""Changes, and whether what happens to image 2 cannot be their doing."""


@pytest.mark.sampled(4)
@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("recorded", RECORDED)
def test_what_no_recorded_change_explains_voids_the_walk_before_it_too(
    unseen: str, later: str, recorded: str, tmp_path: Path
) -> None:
    """Nobody knows whether it happened before the recorded change or after it."""
    history = history_of_four()
    history.callers = (MINE, THEIRS)
    request, is_of_others = RECORDED[recorded]
    keep(history, request, Response(200, "OK", (JSON,), b"{}"))
    if recorded == "DELETE of another image":
        remove(history, 1)
    UNSEEN[unseen](history)
    LATER[later](history)

    found = shown(derived_from(history, tmp_path), ASKED)

    is_void = unseen != "nothing" and (unseen == "created" or later != "a list of another caller")
    if unseen == "created":
        is_void &= not {"Cinder", "elsewhere"} & {*recorded.split()} and later != "a page"
    else:
        is_void &= is_of_others
    assert is_void is (found != [1, 2, 3, 4]), found


def make_and_delete(history: History) -> list[Request]:
    """Record how another caller makes an image and deletes it again."""
    made = THEIRS.request("", "/v2/images")
    made = Request("POST", made.uri, made.headers, b"{}")
    image = shown_by(7, created_at=history.now, updated_at=history.now)
    keep(history, made, Response(201, "Created", (JSON,), orjson.dumps(image)))
    gone = THEIRS.request("", f"/v2/images/{id_of(7)}")
    gone = Request("DELETE", gone.uri, gone.headers)
    keep(history, gone, Response(204, "", (), b""))
    return [made, gone]


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("has_walk_before", [True, False])
def test_an_equal_state_proves_nothing_that_the_replays_own_state_contradicts(
    unseen: str, has_walk_before: bool, tmp_path: Path
) -> None:
    """An image is made and deleted again, and the list is as before but for what nobody
    recorded.
    """
    history = history_of_four()
    if not has_walk_before:  # only a page, which is no walk
        del history.interactions[1:]
    requests = make_and_delete(history)
    UNSEEN[unseen](history)
    walk(history)
    truth = {"deleted": [1, 3, 4], "renamed": [1, 3, 4, 2], "created": [1, 2, 3, 4, 5]}
    after = truth.get(unseen, [1, 2, 3, 4])
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    before = shown(deriver, ASKED)
    for request in requests:
        play(recording, request)

    if unseen == "nothing":
        assert [1, 2, 3, 4] == before
    elif has_walk_before or unseen != "created":
        assert isinstance(before, str), before
    assert after == shown(deriver, ASKED)


@pytest.mark.parametrize(("seconds", "is_early"), [(-1, False), (0, False), (1, True)])
def test_nothing_is_derived_from_what_was_updated_after_a_change_that_was_not_played(
    seconds: int, is_early: bool, tmp_path: Path
) -> None:
    history = history_of(listed_image(1), listed_image(2))
    updated = datetime.fromisoformat(history.now) + timedelta(seconds=seconds)
    change(history, 1, updated_at=updated.strftime("%Y-%m-%dT%H:%M:%SZ"))
    requests = make_and_delete(history)
    walk(history)
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    before = shown(deriver, ASKED)
    for request in requests:
        play(recording, request)

    assert (NO_STATE if is_early else [1, 2]) == before
    assert [1, 2] == shown(deriver, ASKED)


def test_a_state_without_lists_answers_nothing(tmp_path: Path) -> None:
    """What was listed before the change is out of date."""
    history = history_of_four()
    keep(history, changing("DELETE"), Response(204, "", (), b""))
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert [1, 2, 3, 4] == shown(deriver, ASKED)
    play(recording, changing("DELETE"))
    assert NO_STATE == shown(deriver, ASKED)


def test_a_walk_is_cut_by_a_change(tmp_path: Path) -> None:
    """Its first page and its last one are of two states."""
    history = history_of(listed_image(1), listed_image(2), listed_image(3))
    history.ask(MINE, "limit=2")
    keep(history, changing("PATCH", 3), Response(200, "OK", (JSON,), b"{}"))
    history.ask(MINE, f"limit=2&marker={id_of(2)}")
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert "The walk that would prove it (3.yaml#1) was not recorded to its end." == shown(
        deriver, ASKED
    )
    play(recording, changing("PATCH", 3))
    assert "No recorded walk covers it." == shown(deriver, ASKED)


@pytest.mark.parametrize("status", [400, 401, 409, 413])
def test_a_change_that_was_refused_cuts_nothing(status: int, tmp_path: Path) -> None:
    """There is one state, whether it was played or not."""
    history = history_of(listed_image(1), listed_image(2), listed_image(3))
    history.ask(MINE, "limit=2")
    keep(history, changing("DELETE", 3), Response(status, "", (JSON,), b"{}"))
    history.ask(MINE, f"limit=2&marker={id_of(2)}")
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert [1, 2, 3] == shown(deriver, ASKED)
    play(recording, changing("DELETE", 3))
    assert [1, 2, 3] == shown(deriver, ASKED)


def test_changes_that_are_played_in_another_order_lead_to_no_recorded_state(
    tmp_path: Path,
) -> None:
    """A state is known only by the changes that were recorded before it."""
    history = history_of_four()
    for number in (1, 2):
        keep(history, changing("DELETE", number), Response(204, "", (), b""))
        remove(history, number)
        walk(history)
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    play(recording, changing("DELETE", 2))
    assert "Changes were played in another order than they were recorded in." == shown(
        deriver, ASKED
    )
    play(recording, changing("DELETE", 1))
    assert [3, 4] == shown(deriver, ASKED)


def test_a_change_at_another_host_begins_a_new_state_too(tmp_path: Path) -> None:
    """The snapshot of a server is an image, so a walk does not go on after one."""
    history = history_of(listed_image(1), listed_image(2), listed_image(3))
    history.ask(MINE, "limit=2")
    elsewhere = Request(
        "DELETE", f"http://other:9292/v2/images/{id_of(3)}", changing("GET").headers
    )
    keep(history, elsewhere, Response(204, "", (), b""))
    history.ask(MINE, f"limit=2&marker={id_of(2)}")

    outcome = derive(derived_from(history, tmp_path), MINE.request(ASKED))

    assert isinstance(outcome, Miss)
    assert "was not recorded to its end" in outcome.reason


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize(("changed", "explains"), [(1, True), (2, False), (None, False)])
def test_a_refusal_after_a_change_of_something_else_voids_the_walk_before_it(
    changed: int | None, explains: bool, method: str, tmp_path: Path
) -> None:
    """Nobody recorded that the image was deleted, so it may have been before the change."""
    history = history_of_four()
    made = changing("DELETE" if changed == 1 else "PATCH", changed or 0)
    if changed is None:
        made = Request("POST", MINE.request("", "/v2/images").uri, made.headers, b"{}")
    keep(history, made, Response(200, "OK", (JSON,), b"{}"))
    asked = changing(method, 1, b"[]")
    keep(history, asked, Response(404, "Not Found", (JSON,), b"{}"))

    found = shown(derived_from(history, tmp_path), ASKED)

    assert ([1, 2, 3, 4] == found) is explains
    if not explains:
        assert id_of(1) in str(found)


@pytest.mark.parametrize(
    ("member", "value", "by_another", "by_the_caller"),
    [
        ("name", "z", False, False),
        ("protected", True, False, False),
        ("visibility", "private", True, False),
        ("visibility", "community", False, False),
        ("owner", "z", True, True),
    ],
)
def test_only_a_change_that_hides_an_image_explains_why_it_is_gone(
    member: str, value: object, by_another: bool, by_the_caller: bool, tmp_path: Path
) -> None:
    """An image that is renamed is still there, and whoever makes it private still sees it."""
    patch = orjson.dumps([{"op": "replace", "path": f"/{member}", "value": value}])
    for caller, explains in ((THEIRS, by_another), (MINE, by_the_caller)):
        history = history_of_four()
        request = caller.request("", f"/v2/images/{id_of(1)}")
        patching = Request("PATCH", request.uri, request.headers, patch)
        keep(history, patching, Response(200, "OK", (JSON,), b"{}"))
        keep(history, changing("GET", 1), Response(404, "Not Found", (JSON,), b"{}"))

        found = shown(derived_from(history, tmp_path), ASKED)

        assert ([1, 2, 3, 4] == found) is explains
        (tmp_path / f"{len(history.interactions)}.yaml").unlink()


BY_TOKEN = Caller(ME, by_token=True)
KINDS = ("public", "shared", "private")


@pytest.mark.parametrize("before", KINDS)
@pytest.mark.parametrize("after", KINDS)
def test_a_change_hides_an_image_only_if_fewer_see_it_than_before(
    before: str, after: str, tmp_path: Path
) -> None:
    """Another project's image, the caller's own, and that of a caller whose project is not known.

    Whoever is of the owner's project still sees it, whatever its key or token.
    """
    patch = orjson.dumps([{"op": "replace", "path": "/visibility", "value": after}])
    for caller, owner in ((MINE, OTHER), (MINE, ME), (BY_TOKEN, OTHER)):
        history = history_of(callers=(caller,))
        page = {"images": [shown_by(1, visibility=before, owner=owner)]}
        listed = Response(200, "OK", AS_GLANCE, orjson.dumps(page))
        keep(history, caller.request("limit=9"), listed)
        path = f"/v2/images/{id_of(1)}"
        request = THEIRS.request("", path)
        patching = Request("PATCH", request.uri, request.headers, patch)
        keep(history, patching, Response(200, "OK", (JSON,), b"{}"))
        keep(history, caller.request("", path), Response(404, "Not Found", (JSON,), b"{}"))

        found = shown(derived_from(history, tmp_path), "name=name+1&limit=9", caller)

        is_narrower = KINDS.index(after) > KINDS.index(before)
        explains = is_narrower and caller is MINE and owner == OTHER
        assert ([1] == found) is explains, (caller, owner)
        (tmp_path / f"{len(history.interactions)}.yaml").unlink()


# -- Other services ------------------------------------------------------------------------------

TOKENS = st.text("0123456789abcdef", min_size=8, max_size=32)


def goes_on_after(method: str, path: str, body: bytes, folder: Path) -> bool:
    """Whether a walk may go on after a request at another port of the host."""
    history = history_of(listed_image(1), listed_image(2), listed_image(3))
    history.ask(MINE, "limit=2")
    request = Request(method, f"http://glance:8774{path}", changing("GET").headers, body)
    keep(history, request, Response(202, "Accepted", (JSON,), b"{}"))
    history.ask(MINE, f"limit=2&marker={id_of(2)}")
    with TemporaryDirectory(dir=folder) as own:
        return [1, 2, 3] == shown(derived_from(history, Path(own)), ASKED)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reads_begin_no_state(method: str, tmp_path: Path) -> None:
    """Wherever they are sent."""
    assert goes_on_after(method, "/v3/p/volumes", b"", tmp_path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v3/auth/tokens"),
        ("POST", "/identity/v3/auth/tokens"),
        ("DELETE", "/v3/auth/tokens"),
        ("POST", "/v2.0/tokens"),
    ],
)
def test_a_login_begins_no_state(method: str, path: str, tmp_path: Path) -> None:
    """Every run of a client begins with one."""
    assert goes_on_after(method, path, b"{}", tmp_path)


def test_a_new_user_begins_no_state(tmp_path: Path) -> None:
    """It may not see anything yet. A role that is granted may show more images."""
    assert goes_on_after("POST", "/v3/users", b"{}", tmp_path)
    assert not goes_on_after("PUT", "/v3/projects/p/users/u/roles/r", b"", tmp_path)


def test_a_network_begins_no_state(tmp_path: Path) -> None:
    """The image service has URLs below /v2.0 too."""
    assert goes_on_after("POST", "/v2.0/networks", b"{}", tmp_path)
    assert goes_on_after("PUT", "/v2.0/routers/r/add_router_interface", b"{}", tmp_path)
    assert not goes_on_after("POST", "/v2.0/images", b"{}", tmp_path)


def test_a_new_server_begins_no_state(tmp_path: Path) -> None:
    """One that is deleted may take the image with it that shelving made of it."""
    assert goes_on_after("POST", "/v2.1/servers", b"{}", tmp_path)
    assert goes_on_after("POST", "/v2.1/p/servers", b"{}", tmp_path)
    assert not goes_on_after("DELETE", "/v2.1/servers/s", b"", tmp_path)


def test_keys_for_servers_begin_no_state(tmp_path: Path) -> None:
    """They are made and deleted in the same tests as servers."""
    assert goes_on_after("POST", "/v2.1/os-keypairs", b"{}", tmp_path)
    assert goes_on_after("DELETE", "/v2.1/p/os-keypairs/k", b"", tmp_path)


def test_what_cannot_touch_images_is_known_below_a_prefix_too(tmp_path: Path) -> None:
    """A tag of an image may be called as a path of Neutron is."""
    assert goes_on_after("POST", "/openstack-keystone/v3/auth/tokens", b"{}", tmp_path)
    assert goes_on_after("POST", "/cloud/one/v2.0/ports", b"{}", tmp_path)
    assert not goes_on_after("PUT", f"/v2/images/{id_of(3)}/tags/v2.0/ports", b"", tmp_path)


def test_a_mark_begins_a_state_when_the_request_is_made_again(tmp_path: Path) -> None:
    """A volume was uploaded to an image; the request passed through, unrecorded."""
    upload = Request(
        "POST",
        "http://cinder:8776/v3/p/volumes/7/action?x=1",
        MINE.request("", "/").headers,
        b'{"os-volume_upload_image": {}}',
    )
    history = history_of_four()
    keep_mark(history, upload)
    history.cloud.images.append(listed_image(5))
    walk(history)
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert [1, 2, 3, 4] == shown(deriver, ASKED)
    missed = find(recording, upload)
    assert isinstance(missed, Miss)
    assert "passed through when" in missed.reason
    assert [1, 2, 3, 4, 5] == shown(deriver, ASKED)
    again = find(recording, upload)
    assert isinstance(again, Miss)
    assert "No recorded request asks the same." == again.reason


def test_another_request_than_the_one_that_was_marked_begins_no_state(tmp_path: Path) -> None:
    """Neither one of another path or method, nor the mark's own answer."""
    upload = Request("POST", "http://cinder:8776/v3/p/volumes/7/action")
    history = history_of_four()
    keep_mark(history, upload)
    walk(history)
    recording = opened(history, tmp_path)

    for other in (
        Request("PUT", upload.uri),
        Request("POST", f"{upload.uri}s"),
        Request("POST", upload.uri.replace("cinder", "other")),
    ):
        assert isinstance(find(recording, other), Miss)
    assert 0 == recording.changes_played
    assert [1, 2, 3, 4] == shown(Deriver(recording, "glance"), ASKED)


def test_starting_a_server_begins_no_state(tmp_path: Path) -> None:
    """Its actions that make an image do."""
    path = "/v2.1/servers/s/action"

    assert goes_on_after("POST", path, b'{"os-start": null}', tmp_path)
    for body in (b'{"createImage": {}}', b'{"os-start": null, "shelve": null}', b"", b"[", b"[1]"):
        assert not goes_on_after("POST", path, body, tmp_path)


@given(
    path=st.builds(
        "{}/{}/{}".format,
        st.sampled_from(("/v1", "/v2", "/v3", "/v2.1", "/volume/v3")),
        TOKENS,
        st.sampled_from(
            (
                "volumes/5a8e290d/action",
                "cloudvolumes/5a8e290d/action",
                "cloudservers",
                "cloudservers/action",
                "backups",
                "os-volume-transfer",
            )
        ),
    ),
    action=st.sampled_from(("os-volume_upload_image", "os-start", "createImage")),
    method=st.sampled_from(("POST", "PUT", "PATCH", "DELETE")),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_cinder_evs_and_ecs_are_asked_begins_a_state(
    path: str, action: str, method: str, tmp_path: Path
) -> None:
    """An upload of a volume is an image; the paths look like those of Keystone or of images."""
    assert not goes_on_after(method, path, orjson.dumps({action: {}}), tmp_path)


# -- Several cassettes ---------------------------------------------------------------------------


def several(folder: Path, *cassettes: Sequence[Interaction]) -> Deriver:
    paths = [write(folder / f"{number}.yaml", each) for number, each in enumerate(cassettes)]
    return Deriver(
        RecordedAnswers([load_cassette(path) for path in paths], lambda _: None), "glance"
    )


def dated(interactions: Sequence[Interaction], *dates: str) -> list[Interaction]:
    """Return the interactions with these dates in turn."""
    return [
        Interaction(one.request, one.response, dates[number % len(dates)])
        for number, one in enumerate(interactions)
    ]


def test_a_walk_may_be_in_two_cassettes(tmp_path: Path) -> None:
    """The answer names both."""
    first, second = history_of_four().interactions
    deriver = several(tmp_path, [second], [first])

    outcome = derive(deriver, MINE.request(ASKED))

    assert isinstance(outcome, Answer)
    assert "1.yaml#1; 0.yaml#1" == outcome.source
    assert [1, 2, 3, 4] == shown(deriver, ASKED)


UNORDERED = (
    "Two cassettes do not show whether a change was made before a list or after it: their dates "
    "are missing, the same, or closer than their recorders' clocks differ."
)


def in_cassettes(
    folder: Path, cassettes: Sequence[tuple[str, Sequence[Interaction]]]
) -> RecordedAnswers:
    """Write cassettes, each redacted with the key of an id."""
    paths = []
    for number, (key_id, interactions) in enumerate(cassettes):
        paths.append(folder / f"{number}.yaml")
        writer = CassetteWriter(paths[-1], "glancetape tests", Redaction(key_id, keep_ids=True))
        writer.append(
            [
                emit(one, to_readable(one.request.body), to_readable(one.response.body))
                for one in interactions
            ]
        )
        writer.close()
    return RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)


SECONDS = st.sampled_from(("00", "01", "01.25", "01.75", "02"))
KEYS = st.sampled_from(("0123456789ab", "ba9876543210"))


@given(
    change_at=SECONDS,
    walk_at=SECONDS,
    keys=st.tuples(KEYS, KEYS),
    undated=st.sampled_from(("",) * 4 + ("walk", "change", "both")),
    more=st.integers(0, 2),
    reverse=st.booleans(),
    data=st.data(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_change_in_one_cassette_counts_for_the_walks_of_another(
    change_at: str,
    walk_at: str,
    keys: tuple[str, str],
    undated: str,
    more: int,
    reverse: bool,
    data: st.DataObject,
    tmp_path: Path,
) -> None:
    """Whichever keys they have and in whichever order they are named; a tie is a doubt.

    An image is deleted that no walk shows: one that did would be older than the deletion.
    """
    deletion = changing("DELETE", 9)
    history = history_of_four()
    date = "2026-01-01T00:00:{}Z".format
    listed = dated(history.interactions, "" if undated in ("walk", "both") else date(walk_at))
    answered = Response(204, "", (), b"")
    changed = Interaction(
        deletion, answered, "" if undated in ("change", "both") else date(change_at)
    )
    later = [
        Interaction(changing("PATCH", 2, b"[%d]" % number), answered, date("09"))
        for number in range(more if not undated else 0)
    ]
    cassettes = [(keys[0], [changed, *later]), (keys[1], listed)]
    if reverse:
        cassettes.reverse()
    with TemporaryDirectory(dir=tmp_path) as own:
        recording = in_cassettes(Path(own), cassettes)
        deriver = Deriver(recording, "glance")
        before = shown(deriver, ASKED)
        play(recording, deletion)
        after = shown(deriver, ASKED)

    if undated or change_at[:2] == walk_at[:2]:
        assert (UNORDERED, UNORDERED) == (before, after)
    elif change_at < walk_at:
        assert (NO_STATE, [1, 2, 3, 4]) == (before, after)
    else:
        assert ([1, 2, 3, 4], NO_STATE) == (before, after)


def test_what_cannot_be_ordered_is_in_doubt_in_no_other_state(tmp_path: Path) -> None:
    """A list that is surely later than both changes proves answers after them."""
    history = history_of_four()
    answered = Response(204, "", (), b"")
    first, second = (
        Interaction(changing("DELETE", number), answered, date)
        for number, date in ((8, OLDER), (9, "2026-01-01T12:00:00Z"))
    )
    unordered, surely = dated(history.interactions, OLDER), dated(history.interactions, NEWER)
    recording = in_cassettes(
        tmp_path, [("0123456789ab", [first, second]), ("0123456789ab", [*unordered, *surely])]
    )
    deriver = Deriver(recording, "glance")

    assert UNORDERED == shown(deriver, ASKED)
    play(recording, changing("DELETE", 8))
    assert UNORDERED == shown(deriver, ASKED)
    play(recording, changing("DELETE", 9))
    assert [1, 2, 3, 4] == shown(deriver, ASKED)


def seen_otherwise(how: str) -> tuple[Request, Response]:
    """Return what shows that image 1 is not as the walk of the four lists it."""
    if how == "another caller":
        renamed = orjson.dumps(shown_by(1, name="renamed"))
        asked = THEIRS.request("", f"/v2/images/{id_of(1)}")
        return asked, Response(200, "OK", AS_GLANCE, renamed)
    internal = changing("GET").uri.replace("http://", "http://internal.")
    return Request("GET", internal, changing("GET").headers), Response(404, "", AS_GLANCE, b"{}")


@pytest.mark.parametrize("how", ["another caller", "another address"])
@pytest.mark.parametrize(
    ("second", "is_earlier"), [("00", True), ("02", False), ("03", False), ("04", False)]
)
def test_what_may_be_of_a_state_contradicts_its_walks(
    how: str, second: str, is_earlier: bool, tmp_path: Path
) -> None:
    """The walk is of second 01, and the change of 03: then it is not known which came first."""
    date = "2026-01-01T00:00:{}Z".format
    walked = dated(history_of_four().interactions, date("01"))
    changed = Interaction(changing("DELETE", 9), Response(204, "", (), b""), date("03"))
    other = Interaction(*seen_otherwise(how), date(second))

    deriver = several(tmp_path, [*walked, changed], [other])

    assert ([1, 2, 3, 4] == shown(deriver, ASKED)) is is_earlier


def two_recordings() -> tuple[Sequence[Interaction], Sequence[Interaction]]:
    """Return a walk, and a later one of the same cloud, with one image gone and one new."""
    history = history_of_four()
    before = list(history.interactions)
    remove(history, 1)
    history.cloud.images.append(listed_image(5))
    walk(history, "limit=3")
    return before, history.interactions[len(before) :]


OLDER, NEWER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
IN_RUBY = "Thu, 01 Jan 2026 00:00:00 GMT", "Fri, 02 Jan 2026 00:00:00 GMT"


@pytest.mark.parametrize(("older", "newer"), [(OLDER, NEWER), IN_RUBY, (OLDER, IN_RUBY[1])])
def test_the_cassette_that_was_recorded_later_wins(older: str, newer: str, tmp_path: Path) -> None:
    """In whichever order they are named, and in both formats of dates."""
    before, after = two_recordings()

    assert [2, 3, 4, 5] == shown(
        several(tmp_path, dated(after, newer), dated(before, older)), ASKED
    )


@pytest.mark.parametrize(("older", "newer"), [("", ""), ("", OLDER), (NEWER, ""), ("x", "y")])
def test_without_dates_the_cassette_that_is_named_later_wins(
    older: str, newer: str, tmp_path: Path
) -> None:
    """Or if only one of them has dates."""
    before, after = two_recordings()

    assert [2, 3, 4, 5] == shown(
        several(tmp_path, dated(before, older), dated(after, newer)), ASKED
    )


@pytest.mark.parametrize("name", ["both", "asc", "alone"])
def test_walks_of_several_lists_may_be_mixed(name: str, tmp_path: Path) -> None:
    """A page belongs to the walk that its marker and its query continue."""
    history = history_of_four()
    history.interactions.clear()
    lists = {
        "both": ("limit=1", "limit=2"),
        "asc": ("limit=1", "limit=1&sort_dir=asc"),
        "alone": ("limit=1", "limit=1&name=name+1"),
    }[name]
    walks = [history_of_four() for _ in lists]
    for one, query in zip(walks, lists, strict=True):
        one.interactions.clear()
        walk(one, query)
    longest = max(len(one.interactions) for one in walks)
    mixed = [
        one.interactions[place]
        for place in range(longest)
        for one in walks
        if place < len(one.interactions)
    ]
    for one in mixed:
        keep(history, one.request, one.response)

    assert [1, 2, 3, 4] == shown(derived_from(history, tmp_path), ASKED)
