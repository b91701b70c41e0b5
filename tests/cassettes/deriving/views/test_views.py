"""Each caller, host and API version has a view of its own, which proves nothing for another."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.redaction.redactor import Redactor, redactor_like
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import derive, find
from support.clouds.clouds import HOST, Caller, Cloud
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    ASKED,
    JSON,
    MINE,
    THEIRS,
    change,
    derived_from,
    history_of,
    history_of_four,
    keep,
    keep_page,
    listed_image,
    shown,
    shown_by,
    walk,
)
from support.clouds.small_images import ME, OTHER

KEY = StandIns(b"a key for these tests")
UNKNOWN_TOKEN = ("X-Auth-Token", "a token of this run")


def test_what_another_project_listed_proves_nothing(tmp_path: Path) -> None:
    """Each project sees images of its own."""
    private = {"visibility": "private"}
    images = [
        listed_image(1, owner=ME, **private),
        listed_image(2, owner=OTHER, **private),
        listed_image(3),
    ]
    history = history_of(*images, callers=(MINE, THEIRS))
    walk(history, caller=MINE)
    assert "It is recorded for another project only (see replay --own-project)." == shown(
        derived_from(history, tmp_path), ASKED, THEIRS
    )

    walk(history, caller=THEIRS)
    deriver = derived_from(history, tmp_path)

    assert [1, 3] == shown(deriver, ASKED, MINE)
    assert [2, 3] == shown(deriver, ASKED, THEIRS)


@pytest.mark.parametrize(("number", "is_void"), [(1, True), (2, False)], ids=["public", "private"])
def test_what_another_caller_is_shown_of_a_public_image_voids_the_walk(
    number: int, is_void: bool, tmp_path: Path
) -> None:
    """Both see the same public images, and each has private ones of its own."""
    history = history_of_four()
    change(history, number, name="a")
    history.ask(THEIRS, "name=a")

    found = shown(derived_from(history, tmp_path), ASKED)

    assert is_void is (found != [1, 2, 3, 4])
    assert is_void is ("recorded later with other values" in str(found))


def test_what_another_version_of_the_api_listed_proves_nothing(tmp_path: Path) -> None:
    """They differ in who sees what."""
    older, newer = Caller(ME, "M"), Caller(ME, "Q")
    history = history_of(listed_image(1), listed_image(2), dialect="ims", callers=(older, newer))
    walk(history, caller=older)
    deriver = derived_from(history, tmp_path)

    assert [1, 2] == shown(deriver, ASKED, older)
    assert [1, 2] == shown(deriver, ASKED, MINE)  # without a version it is the older one
    assert "No list is recorded at this path and for this API version." == shown(
        deriver, ASKED, newer
    )


def test_each_version_of_the_api_derives_from_its_own_lists(tmp_path: Path) -> None:
    """A cassette with both: one's own shared image is in `visibility=shared` of the newer only."""
    older, newer = Caller(ME, "M"), Caller(ME, "Q")
    images = [listed_image(1), listed_image(2, visibility="shared", owner=ME)]
    history = history_of(*images, dialect="ims", callers=(older, newer))
    for caller in (older, newer):
        walk(history, caller=caller)
        walk(history, "visibility=shared&limit=2", caller)
    deriver = derived_from(history, tmp_path)

    for caller, listed in ((older, []), (newer, [2])):
        assert [1, 2] == shown(deriver, ASKED, caller)
        assert listed == shown(deriver, "visibility=shared&sort_key=name&limit=2", caller)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_property_that_only_others_are_shown_may_be_a_protected_one(
    is_first: bool, tmp_path: Path
) -> None:
    """Glance's filter finds it all the same. A list with this filter shows what the cloud does."""
    history = history_of(listed_image(1, os="a", __os_type="a"), listed_image(2, os="a"))
    for caller in [MINE, THEIRS] if is_first else [THEIRS, MINE]:
        for image in history.cloud.images:
            image.pop("os", "")
            if caller == THEIRS:
                image["os"] = "a"
        walk(history, "limit=9", caller)
    deriver = derived_from(history, tmp_path)
    why = "It is not certain which images match: other callers are shown os, and this one is not"

    assert why in shown(deriver, "os=a", MINE)
    assert why.replace(" os,", " OS,") in shown(deriver, "OS=b", MINE)
    assert [] == shown(deriver, "os=a&__os_type=b", MINE)
    assert [1, 2] == shown(deriver, "os=a&sort_key=id&sort_dir=asc", THEIRS)
    assert [] == shown(deriver, "nobody=a", MINE)

    keep_page(history, "os=a&limit=9", [shown_by(1, __os_type="a")])

    assert [1] == shown(derived_from(history, tmp_path), "os=a&sort_key=id", MINE)


def test_what_another_host_listed_proves_nothing(tmp_path: Path) -> None:
    """Through the proxy the host is known; a client that calls glancetape itself names no host."""
    history = history_of_four()
    deriver = derived_from(history, tmp_path)
    request = MINE.request(ASKED)
    elsewhere = Request("GET", request.uri.replace("glance:", "other:"), request.headers)

    outcome = derive(deriver, elsewhere)

    assert isinstance(outcome, Miss)
    assert "It is recorded from another host only." == outcome.reason
    assert isinstance(derive(deriver, elsewhere, any_host=True), Answer)


@pytest.mark.parametrize("status", [401, 403, 400, 404, 500])
@pytest.mark.parametrize("query", ["limit=0", "keys=x", "limit=abc", "foo_min=3", ASKED])
def test_a_caller_that_was_only_refused_gets_no_answer(
    query: str, status: int, tmp_path: Path
) -> None:
    """Not from the rules alone either: the cloud would refuse it again."""
    history = history_of_four()
    keep(history, THEIRS.request("limit=3"), Response(status, "", (JSON,), b"{}"))
    deriver = derived_from(history, tmp_path)

    outcome = derive(deriver, THEIRS.request(query))

    assert isinstance(outcome, Miss)
    assert "Every list that this caller asked for was refused." == outcome.reason
    assert isinstance(derive(deriver, MINE.request(query)), Answer)


def test_an_unknown_caller_is_not_answered_if_several_are_recorded(tmp_path: Path) -> None:
    """Its token was not recorded. With one recorded caller it is taken for that one."""
    history = history_of_four()
    unknown = Request("GET", f"http://glance:9292/v2/images?{ASKED}", (UNKNOWN_TOKEN,))
    assert isinstance(derive(derived_from(history, tmp_path), unknown), Answer)

    walk(history, caller=THEIRS)
    outcome = derive(derived_from(history, tmp_path), unknown)

    assert isinstance(outcome, Miss)
    assert "2 callers, and the request does not show which of them sends it" in outcome.reason
    assert ("POST /v3/auth/tokens and the request again",) == outcome.answerable_with


def test_a_walk_of_two_tokens_is_a_miss_that_says_how_to_show_whose_they_are(
    tmp_path: Path,
) -> None:
    """A client whose token expired logs in again; without Keystone the two are two callers.

    Recorded once more with its login, the list is known to be one project's.
    """
    history = history_of_four()
    pages = [one for one in history.interactions if "limit=3" in one.request.uri]
    tokens = ("standin-token-" + 20 * "1", "standin-token-" + 20 * "2")
    history.interactions.clear()
    for token, one in zip(tokens, pages, strict=True):
        request = replace(one.request, headers=(("X-Auth-Token", token),))
        keep(history, request, one.response)
    asked = Request("GET", f"http://glance:9292/v2/images?{ASKED}", (UNKNOWN_TOKEN,))

    outcome = derive(derived_from(history, tmp_path), asked)

    assert isinstance(outcome, Miss)
    assert (
        f"No login is recorded of token {tokens[0]}, token {tokens[1]}; if one client got a new"
        in outcome.reason
    )
    assert outcome.reason.endswith("or send X-Project-Id while recording.")
    assert ("POST /v3/auth/tokens and the request again",) == outcome.answerable_with

    token = "standin-token-" + 20 * "3"
    keep(history, *login_with(token, ME))
    for one in pages:
        keep(history, replace(one.request, headers=(("X-Auth-Token", token),)), one.response)
    logged_in = replace(asked, headers=(("X-Auth-Token", token),))
    assert isinstance(derive(derived_from(history, tmp_path), logged_in), Answer)


def login_with(token: str, project: str) -> tuple[Request, Response]:
    """Return a login that gives out a token for a project."""
    body = {"token": {"methods": ["password"], "project": {"id": project}, "user": {"id": "u"}}}
    asked = b'{"auth": {"identity": {"methods": ["password"]}}}'
    request = Request("POST", "http://keystone:5000/v3/auth/tokens", (), asked)
    return request, Response(201, "", (("X-Subject-Token", token),), orjson.dumps(body))


# -- Redacted recordings -------------------------------------------------------------------------


def redacted(history: History, path: Path) -> RecordedAnswers:
    """Record with stand-ins instead of ids, as a recorder does."""
    writer = CassetteWriter(path, "glancetape tests", Redaction(KEY.key_id))
    for one in history.interactions:
        done = Redactor(KEY).interaction(one)
        writer.append(
            [emit(done.interaction, done.request_body.readable(), done.response_body.readable())]
        )
    writer.close()
    return RecordedAnswers([load_cassette(path)], lambda _: Redactor(KEY))


def test_a_redacted_recording_is_asked_by_real_ids(tmp_path: Path) -> None:
    """The answer has the real ids, in its images and in its links."""
    history = history_of(listed_image(1, owner=ME), listed_image(2), listed_image(3, owner=ME))
    walk(history)
    recording = redacted(history, tmp_path / "a.yaml")
    assert ME not in (tmp_path / "a.yaml").read_text()
    query = f"owner={ME}&limit=1"

    outcome = derive(Deriver(recording, "glance"), MINE.request(query))

    assert isinstance(outcome, Answer)
    body = outcome.response.body.decode()
    for stand_in, real in outcome.restore.items():
        body = body.replace(stand_in, real)
    expected = Cloud("glance", history.cloud.images).answer(query, ME).body
    assert orjson.loads(expected) == orjson.loads(body)
    assert f"owner={ME}" in orjson.loads(body)["next"]


def test_without_its_key_a_redacted_recording_knows_no_real_ids(tmp_path: Path) -> None:
    """Neither the caller nor an owner can be compared; what names no id is answered."""
    history = history_of(listed_image(1, owner=ME), listed_image(2))
    walk(history)
    redacted(history, tmp_path / "a.yaml")
    recording = RecordedAnswers(
        [load_cassette(tmp_path / "a.yaml")], lambda redaction: redactor_like(redaction, None)
    )
    deriver = Deriver(recording, "glance")

    for asked in (MINE.request(ASKED), Request("GET", f"{HOST}/v2/images?owner={ME}")):
        outcome = derive(deriver, asked)
        assert isinstance(outcome, Miss)
        assert f"whose key {KEY.key_id} is not here" in outcome.reason
    with_any_token = Request("GET", f"{HOST}/v2/images?{ASKED}", (UNKNOWN_TOKEN,))
    assert isinstance(derive(deriver, with_any_token), Answer)


def test_what_a_name_that_looks_like_a_secret_lists_is_not_known(tmp_path: Path) -> None:
    """A recorded list by such a name proves no list by it: the name may be another one."""
    names = ["ghp_" + letter * 36 for letter in "ab"]
    history = history_of(*(listed_image(number, name=name) for number, name in enumerate(names)))
    walk(history, f"name={names[0]}")
    recorded = redacted(history, tmp_path / "a.yaml")

    for name in (*names, "REDACTED"):
        for query in (f"name={name}&{ASKED}", f"name={name}&limit=1", f"name=in:x,{name}"):
            outcome = derive(Deriver(recorded, "glance"), MINE.request(query))

            assert isinstance(outcome, Miss)
            assert "Its parameter name has REDACTED in the recording" in outcome.reason


def test_a_request_without_credentials_gets_nothing_that_was_recorded_with_some(
    tmp_path: Path,
) -> None:
    """The cloud would refuse it, and a test that it does must not pass wrongly."""
    history = history_of_four()
    anonymous = Request("GET", f"http://glance:9292/v2/images?{ASKED}")

    outcome = derive(derived_from(history, tmp_path), anonymous)

    assert isinstance(outcome, Miss)
    assert "send any token, as to the cloud" in outcome.reason


def test_stand_ins_do_not_show_the_case_of_an_id(tmp_path: Path) -> None:
    """To Glance `owner=AAAA...` is another owner, unless its database ignores case."""
    history = history_of(listed_image(1, owner=ME), listed_image(2))
    walk(history)
    recording = redacted(history, tmp_path / "a.yaml")

    history.ask(MINE, f"owner={ME}")
    recorded = redacted(history, tmp_path / "b.yaml")
    asked = MINE.request(f"owner={ME.upper()}")
    outcome = derive(Deriver(recording, "glance"), asked)
    assert isinstance(outcome, Miss)
    assert "Stand-ins do not show whether an id is in upper or in lower case." == outcome.reason
    assert isinstance(find(recorded, asked), Miss)
    assert isinstance(find(recorded, MINE.request(f"owner={ME}")), Answer)
    assert "databases differ in which texts of owner are the same" in shown(
        derived_from(history, tmp_path), f"owner={ME.upper()}"
    )
    assert [] == shown(derived_from(history, tmp_path), f"owner={'B' * 31}")
    assert [] == shown(Deriver(recording, "glance"), f"name={ME.upper()}")
    assert isinstance(derive(Deriver(recording, "glance"), MINE.request(f"owner={ME}")), Answer)


@pytest.mark.parametrize("prefix", ["/glance", "/RegionOne/image", "/a/b/c"])
def test_a_walk_below_a_prefix_proves_what_it_proves_without_one(
    prefix: str, tmp_path: Path
) -> None:
    """And nothing about another prefix at the same host."""
    history = history_of_four()
    history.interactions[:] = [
        replace(
            one, request=replace(one.request, uri=one.request.uri.replace("/v2", f"{prefix}/v2"))
        )
        for one in history.interactions
    ]
    deriver = derived_from(history, tmp_path, "glance")

    there = derive(deriver, MINE.request(ASKED, f"{prefix}/v2/images"))
    elsewhere = derive(deriver, MINE.request(ASKED, "/other/v2/images"))
    missed = derive(deriver, MINE.request("visibility=community", f"{prefix}/v2/images"))

    assert isinstance(there, Answer)
    assert 4 == len(orjson.loads(there.response.body)["images"])
    assert isinstance(elsewhere, Miss)
    assert isinstance(missed, Miss)
    assert missed.answerable_with[0].startswith(f"GET http://glance:9292{prefix}/v2/images?vis")


@pytest.mark.parametrize("root", ["http://glance:9292", "https://lb/glance", ""])
@pytest.mark.parametrize("names", [("next",), ("first", "next")])
def test_links_are_absolute_if_those_of_the_recorded_lists_are(
    root: str, names: Sequence[str], tmp_path: Path
) -> None:
    """Some clouds write where they are into `next`, and not into `first`."""
    history = history_of_four()
    for place, one in enumerate(history.interactions):
        page = orjson.loads(one.response.body)
        page |= {name: root + page[name] for name in names if name in page}
        body = orjson.dumps(page)
        history.interactions[place] = replace(one, response=replace(one.response, body=body))

    outcome = derive(derived_from(history, tmp_path), MINE.request("sort_key=name&limit=2"))

    assert isinstance(outcome, Answer)
    page = orjson.loads(outcome.response.body)
    assert page["next"].startswith(f"{root}/v2/images?")
    assert page["first"].startswith(f"{root if 'first' in names else ''}/v2/images?")


def test_a_query_that_is_split_at_semicolons_is_asked_in_the_terms_of_the_recording(
    tmp_path: Path,
) -> None:
    """Glance splits it there, so only the id has a stand-in."""
    history = history_of(listed_image(1, owner=ME), listed_image(2))
    history.ask(MINE, "")
    recording = redacted(history, tmp_path / "a.yaml")

    assert [1] == shown(Deriver(recording, "glance"), f"owner={ME};sort_key=name;limit=9")
