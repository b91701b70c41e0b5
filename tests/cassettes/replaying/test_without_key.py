"""Without the key, nothing is decided about real ids and names: they are misses that name the key.

What names no id is answered as with the key, and so is a stand-in.
"""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Request, mark_of
from glancetape_cassettes.redaction.redactor import redactor_like
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import derive, find
from support.clouds.clouds import Caller, Cloud
from support.clouds.histories import History
from support.clouds.recorded import ok
from support.clouds.recorded_lists import MINE, history_of, keep, listed_image, walk
from support.clouds.small_images import ME, OTHER

KEY = StandIns(b"a key for these tests")
THIRD = "0123456789abcdef0123456789abcdef"
NAMED = f"whose key {KEY.key_id} is not here. Set GLANCETAPE_KEY to that key, or record with"
HOST = "http://glance:9292"
TOKEN = ("X-Auth-Token", "a token of this run")


def recorded_with_key(history: History, path: Path) -> Path:
    """Record with stand-ins instead of ids."""
    redaction = Redaction(KEY.key_id)
    redactor = redactor_like(redaction, KEY)
    assert redactor is not None
    writer = CassetteWriter(path, "glancetape tests", redaction)
    for one in history.interactions:
        done = redactor.interaction(one)
        writer.append(
            [emit(done.interaction, done.request_body.readable(), done.response_body.readable())]
        )
    writer.close()
    return path


def opened_without_key(*paths: Path) -> RecordedAnswers:
    """Open cassettes where their key is not."""
    cassettes = [load_cassette(path) for path in paths]
    return RecordedAnswers(cassettes, lambda redaction: redactor_like(redaction, None))


def outcomes(recorded: RecordedAnswers, request: Request) -> list[Answer | Miss]:
    """What the exact and the derived answers make of a request."""
    found = [find(recorded, request), derive(Deriver(recorded, "glance"), request)]
    return [one for one in found if one is not None]


POSITIONS = {
    **{
        f"filter {name}": Request("GET", f"{HOST}/v2/images?{name}={{}}")
        for name in (
            "owner tenant project_id tenant_id user_id domain_id created_by creator_id username "
            "project_name owner_user_name domain_name enterprise_project_id Owner owner-id"
        ).split()
    },
    "one of two owners": Request("GET", f"{HOST}/v2/images?owner=&owner={{}}"),
    "a percent-encoded owner": Request("GET", f"{HOST}/v2/images?owner=%30{{}}"),
    "project of the caller": Request("GET", f"{HOST}/v2/images", (("X-Project-Id", "{}"),)),
    "member in a path": Request("GET", f"{HOST}/v2/images/1/members/{{}}"),
    "member in a body": Request("POST", f"{HOST}/v2/images/1/members", (), b'{"member": "{}"}'),
    "owner in a patch": Request(
        "PATCH", f"{HOST}/v2/images/1", (), b'[{"op":"replace","path":"/owner","value":"{}"}]'
    ),
    "owner in another layout": Request("POST", f"{HOST}/v2/images", (), b'{"owner" :"{}"}'),
    "project of a login": Request(
        "POST", f"{HOST}/v3/auth/tokens", (), b'{"auth":{"scope":{"project":{"id":"{}"}}}}'
    ),
}
"""Requests with `{}` where an id or a name is."""
VALUES = (ME, "fe05659e-d433-4e09-aa78-19e0b7f5e497", "a-project-of-mine", ME.upper())


def filled(request: Request, value: str) -> Request:
    """The request with an id or a name in its place."""
    headers = tuple((name, text.replace("{}", value)) for name, text in request.headers)
    body = request.body.replace(b"{}", value.encode())
    return Request(request.method, request.uri.replace("{}", value), headers, body)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("position", POSITIONS)
def test_a_real_id_or_name_misses_and_the_miss_names_the_key(
    position: str, value: str, tmp_path: Path
) -> None:
    """Even where that very request was recorded."""
    history = history_of(listed_image(1, owner=value), listed_image(2))
    walk(history)
    asked = filled(POSITIONS[position], value)
    keep(history, asked, ok())
    recorded = opened_without_key(recorded_with_key(history, tmp_path / "a.yaml"))

    found = outcomes(recorded, asked)

    assert all(isinstance(one, Miss) and NAMED in one.reason for one in found), found
    assert all(isinstance(one, Miss) and one.needs_key for one in found), found


@pytest.mark.parametrize("position", POSITIONS)
def test_a_stand_in_is_asked_for_as_it_is_written(position: str, tmp_path: Path) -> None:
    """A person copies it from the cassette."""
    history = history_of(listed_image(1), listed_image(2))
    asked = filled(POSITIONS[position], KEY.identity(ME))
    keep(history, asked, ok())
    recorded = opened_without_key(recorded_with_key(history, tmp_path / "a.yaml"))

    if "percent" in position:  # a stand-in with more characters is a name of its own
        return
    assert isinstance(find(recorded, asked), Answer)


def test_a_new_token_and_headers_that_are_not_compared_need_no_key(tmp_path: Path) -> None:
    """Each run has a new token; nothing is looked up by the user."""
    history = history_of(listed_image(1), listed_image(2))
    walk(history)
    recorded = opened_without_key(recorded_with_key(history, tmp_path / "a.yaml"))

    for headers in ((TOKEN,), (TOKEN, ("X-User-Id", ME)), (TOKEN, ("X-Domain-Name", "d"))):
        request = Request("GET", f"{HOST}/v2/images?limit=2", headers)
        assert isinstance(find(recorded, request), Answer), headers
        asked = Request("GET", f"{HOST}/v2/images?sort_key=name", headers)
        assert isinstance(derive(Deriver(recorded, "glance"), asked), Answer), headers


def test_a_cassette_whose_ids_were_kept_needs_no_key(tmp_path: Path) -> None:
    """It is compared with real ids."""
    history = history_of(listed_image(1, owner=ME), listed_image(2))
    walk(history)
    writer = CassetteWriter(tmp_path / "a.yaml", "glancetape tests", Redaction(KEY.key_id, True))
    redactor = redactor_like(Redaction(KEY.key_id, True), KEY)
    assert redactor is not None
    for one in history.interactions:
        done = redactor.interaction(one)
        writer.append(
            [emit(done.interaction, done.request_body.readable(), done.response_body.readable())]
        )
    writer.close()

    outcome = derive(
        Deriver(opened_without_key(tmp_path / "a.yaml"), "glance"), MINE.request(f"owner={ME}")
    )

    assert isinstance(outcome, Answer)


IDS = st.sampled_from((ME, OTHER, THIRD))
TEXTS = st.one_of(st.sampled_from(("a", "b")), IDS, IDS.map("backup of {}".format))
IMAGES = st.lists(
    st.fixed_dictionaries({"owner": IDS, "name": TEXTS, "__os_type": TEXTS, "tag": TEXTS}),
    min_size=1,
    max_size=5,
)
QUERIES = st.tuples(
    st.sampled_from(("owner", "name", "__os_type", "tag", "id", "marker", "user_id")), TEXTS
)


@given(fields=IMAGES, query=QUERIES, is_named=st.booleans())
def test_without_the_key_an_answer_is_what_the_cloud_answers(
    fields: list[dict[str, str]],
    query: tuple[str, str],
    is_named: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Ids may be in any value: of images, of the question, of the caller."""
    images = [
        listed_image(number, owner=one["owner"], name=one["name"], tags=[one["tag"]])
        | {"__os_type": one["__os_type"]}
        for number, one in enumerate(fields, start=1)
    ]
    history = history_of(*images, callers=(Caller(ME),))
    walk(history)
    folder = tmp_path_factory.mktemp("without")
    recorded = opened_without_key(recorded_with_key(history, folder / "a.yaml"))
    text = "&".join(f"{name}={value.replace(' ', '%20')}" for name, value in [query])
    headers = (("X-Project-Id", ME),) if is_named else (TOKEN,)

    for outcome in outcomes(recorded, Request("GET", f"{HOST}/v2/images?{text}", headers)):
        if isinstance(outcome, Miss):
            continue
        right = Cloud("glance", images).answer(text, ME)
        assert right.status == outcome.response.status
        if right.status == 200:
            assert listed(right.body) == listed(outcome.response.body)


def listed(body: bytes) -> list[str]:
    """The ids of the images on a page."""
    return [one["id"] for one in orjson.loads(body)["images"]]


def test_a_marked_request_is_known_again_by_the_rest_of_its_path(tmp_path: Path) -> None:
    """Its project cannot be compared, and what it changed is in effect from then on."""
    upload = Request("POST", f"http://cinder:8776/v3/{THIRD}/volumes/7/action", (TOKEN,))
    history = history_of(listed_image(1))
    walk(history)
    history.interactions.append(mark_of(upload, "2026-11-23T10:00:30Z"))
    history.cloud.images.append(listed_image(2))
    walk(history)
    recorded = opened_without_key(recorded_with_key(history, tmp_path / "a.yaml"))
    other = Request("POST", upload.uri.replace("volumes/7", "volumes/8"), (TOKEN,))

    reasons = [
        outcome.reason
        for outcome in (find(recorded, other), find(recorded, upload))
        if isinstance(outcome, Miss)
    ]

    assert [False, True] == ["passed through when a.yaml" in reason for reason in reasons]
    assert 1 == recorded.changes_played
