"""What redaction replaced by one word is not known to be the same: no answer of one is another's.

The service of these tests answers each request in its own way, so an answer shows what was asked.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.secret_patterns import ALL_FORMS
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.writing.laying_out import Layout
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.recorded import RECORDED_AT
from support.drawn.examples import dealt
from support.secrets.positions import SECRET

KEY = b"the key of these tests, known to all"
IMAGES = "http://glance:9292/v2/images"
ID = "79be4e90-5f57-433c-8de5-a2df3374ff6a"
TOKEN = ("X-Auth-Token", "a token")
OTHER_SECRET = "hP3vK8sYd6Tq1WzX4mRb"
FORMS = tuple(
    dict.fromkeys(example for form in ALL_FORMS for example in form.examples if SECRET in example)
)
DOES_NOT_SHOW = "has REDACTED in the recording, which does not show whether it is the same value"


def _patch(path: str, value: str = "1") -> bytes:
    return json.dumps([{"op": "replace", "path": f"/{path}", "value": value}]).encode()


def _query(query: str) -> Callable[[str], Request]:
    return lambda text: Request("GET", f"{IMAGES}?{query}{quote(text, safe='')}", (TOKEN,))


DECIDES: dict[str, Callable[[str], Request]] = {
    "name": _query("name="),
    "one of several names": _query("name=in:a,"),
    "a tag": _query("limit=9&tag="),
    "a property": _query("__os_type=Linux&note="),
    "a property with a secret's name": _query("admin_password="),
    "a marker": _query("limit=3&marker="),
    "a sort key": _query("sort_key="),
    "a time": _query("created_at=gt:"),
    "the name of a parameter": lambda text: Request(
        "GET", f"{IMAGES}?{quote(text, safe='')}=1", (TOKEN,)
    ),
    "an id": lambda text: Request("GET", f"{IMAGES}/{quote(text, safe='')}", (TOKEN,)),
    "a tag that is set": lambda text: Request(
        "PUT", f"{IMAGES}/{ID}/tags/{quote(text, safe='')}", (TOKEN,)
    ),
    "a tag that is taken away": lambda text: Request(
        "DELETE", f"{IMAGES}/{ID}/tags/{quote(text, safe='')}", (TOKEN,)
    ),
    "a condition": lambda text: Request(
        "GET", f"{IMAGES}/{ID}", (TOKEN, ("If-None-Match", quote(text, safe="=")))
    ),
    "a property that is changed": lambda text: Request(
        "PATCH", f"{IMAGES}/{ID}", (TOKEN,), _patch(text.replace("~", "~0").replace("/", "~1"))
    ),
    "a property that is changed in IMS": lambda text: Request(
        "PATCH",
        f"http://ims:9292/v2/cloudimages/{ID}",
        (TOKEN,),
        _patch(text.replace("~", "~0").replace("/", "~1")),
    ),
    "what a body looks for": lambda text: Request(
        "POST", f"{IMAGES}/actions", (TOKEN,), json.dumps({"filter": text}).encode()
    ),
    "what a list of IMS looks for": lambda text: Request(
        "POST",
        "http://ims:9292/v2/0a1b/images/resource_instances/action",
        (TOKEN,),
        json.dumps({"tags": [{"key": "a", "values": [text]}]}).encode(),
    ),
}
"""Requests with a text in a place where it says what is asked for."""
KEPT: dict[str, Callable[[str], Request]] = {
    "a new image": lambda text: Request(
        "POST", IMAGES, (TOKEN,), json.dumps({"name": text, "admin_password": text}).encode()
    ),
    "a new value": lambda text: Request("PATCH", f"{IMAGES}/{ID}", (TOKEN,), _patch("note", text)),
    "a new value in IMS": lambda text: Request(
        "PATCH", f"http://ims:9292/v2/cloudimages/{ID}", (TOKEN,), _patch("note", text)
    ),
    "an import": lambda text: Request(
        "POST", f"{IMAGES}/{ID}/import", (TOKEN,), json.dumps({"method": {"uri": text}}).encode()
    ),
    "a task": lambda text: Request(
        "POST",
        "http://glance:9292/v2/tasks",
        (TOKEN,),
        json.dumps({"input": {"import_from": text}}).encode(),
    ),
    "an image of IMS": lambda text: Request(
        "POST",
        "http://ims:9292/v2/cloudimages/action",
        (TOKEN,),
        json.dumps({"name": "a", "description": text}).encode(),
    ),
    "an image of all disks": lambda text: Request(
        "POST",
        "http://ims:9292/v1/cloudimages/wholeimages/action",
        (TOKEN,),
        json.dumps({"name": "a", "description": text}).encode(),
    ),
    "a new user": lambda text: Request(
        "POST", "http://glance:5000/v3/users", (TOKEN,), json.dumps({"password": text}).encode()
    ),
}
"""Requests of which a service keeps the text, and does nothing else with it."""


def service(request: Request, status: int = 200) -> Response:
    """Answer each request in its own way."""
    shown = hashlib.sha256(repr(request).encode()).hexdigest()[:12]
    body = json.dumps({"shown": f"answer {shown}"}).encode()
    return Response(status, "", (("Content-Type", "application/json"),), body)


def record(path: Path, pairs: Sequence[tuple[Request, Response]], *sensitive: str) -> Path:
    """Record as the recorder does, with stand-ins; more names may be sensitive."""
    layout = Layout(KEY, RedactionOptions(sensitive=sensitive))
    writer = CassetteWriter(path, "glancetape tests", layout.redaction)
    laid_out = [layout.lay_out(Interaction(*pair, RECORDED_AT)) for pair in pairs]
    writer.append([one.text for one in laid_out if not one.lost])
    writer.close()
    return path


def outcomes(asked: Sequence[Request], *cassettes: Path) -> list[Answer | Miss | None]:
    """What a session with the key of the cassettes makes of requests."""
    key_file = cassettes[0].with_name("key")
    key_file.write_bytes(KEY)
    key_file.chmod(0o600)
    session = open_session(Settings(replay=cassettes, key_file=key_file, dialect="glance"))
    try:
        return [session.answer(request, any_host=False) for request in asked]
    finally:
        session.close()


@pytest.mark.parametrize("position", DECIDES)
def test_no_answer_of_one_value_is_another_s(position: str, tmp_path: Path) -> None:
    """Whatever the form of the secret, each at some of the positions by default.

    Each is asked at a service of its own.
    """
    recorded, asked = [], []
    for number, text in enumerate(dealt(FORMS, [*DECIDES].index(position), len(DECIDES))):
        if position == "a condition" and "\n" in text:
            continue  # no header has it
        one, other = (
            DECIDES[position](each) for each in (text, text.replace(SECRET, OTHER_SECRET))
        )
        for request, requests in ((one, recorded), (other, asked)):
            uri = request.uri.replace("//glance", f"//glance-{number}")
            requests.append(Request(request.method, uri, request.headers, request.body))
    cassette = record(tmp_path / "a.yaml", [(one, service(one)) for one in recorded])

    found = outcomes(asked, cassette)

    of_others = {service(one).body: one for one in recorded if one not in asked}
    assert [] == [
        of_others[one.response.body]
        for one in found
        if isinstance(one, Answer) and one.response.body in of_others
    ]
    assert any(isinstance(one, Miss) and DOES_NOT_SHOW in one.reason for one in found)


@pytest.mark.parametrize("position", KEPT)
@pytest.mark.parametrize("status", [200, 401, 403, 404, 503])
def test_a_value_that_is_only_kept_is_taken_for_the_same(
    position: str, status: int, tmp_path: Path
) -> None:
    """Each run of a test suite may have another password."""
    one = KEPT[position]("password=swordfish9")
    other = KEPT[position]("password=hunter2hunter2")
    cassette = record(tmp_path / "a.yaml", [(one, service(one, status))])

    [found] = outcomes([other], cassette)

    assert isinstance(found, Answer)
    assert ("exact", status) == (found.provenance.value, found.response.status)


@pytest.mark.parametrize("position", KEPT)
@pytest.mark.parametrize("status", [400, 409, 413])
def test_where_a_value_was_perhaps_refused_no_value_is_known_to_be_the_same(
    position: str, status: int, tmp_path: Path
) -> None:
    one = KEPT[position]("password=swordfish9")
    pairs = [(one, service(one, status)), (one, service(one))]

    for recorded in (pairs, pairs[::-1], pairs[:1]):
        path = tmp_path / f"{len(recorded)}{recorded[0][1].status}.yaml"
        [found] = outcomes([one], record(path, recorded))

        assert isinstance(found, Miss)
        assert DOES_NOT_SHOW in found.reason


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("statuses", [(200, 409), (409, 200)])
def test_a_cassette_that_replaced_the_value_leaves_the_doubt_beside_one_that_did_not(
    first: int, statuses: tuple[int, int], tmp_path: Path
) -> None:
    """Only the recorder of the second was told that the name is sensitive."""
    one, other = (KEPT["a new value"](text) for text in ("one value", "another value"))
    paths = [
        record(tmp_path / "a.yaml", [(one, service(one, statuses[0]))]),
        record(tmp_path / "b.yaml", [(other, service(other, statuses[1]))], "note"),
    ]

    [found] = outcomes([one], paths[first], paths[1 - first])

    assert isinstance(found, Miss)
    assert DOES_NOT_SHOW in found.reason


def test_a_login_is_found_without_its_password(tmp_path: Path) -> None:
    """Even a refused one: no password is compared."""
    user = {"name": "joe", "domain": {"id": "default"}, "password": "swordfish9"}
    auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
    login = Request("POST", "http://k:5000/v3/auth/tokens", (), json.dumps({"auth": auth}).encode())
    other = Request(login.method, login.uri, (), login.body.replace(b"swordfish9", b"hunter2"))
    for status in (201, 400, 401):
        cassette = record(tmp_path / f"{status}.yaml", [(login, service(login, status))])

        assert all(isinstance(one, Answer) for one in outcomes([login, other], cassette))


def test_a_miss_says_what_to_do(tmp_path: Path) -> None:
    """A parameter that the cloud does not look at may be ignored, and a filter may not."""
    requests = [_query(f"{name}=")("password=swordfish9") for name in ("api_key", "name")]
    cassette = record(tmp_path / "a.yaml", [(one, service(one)) for one in requests])

    key, name = outcomes(requests, cassette)

    assert isinstance(key, Miss)
    assert isinstance(name, Miss)
    advice = "Ask without it, or by one that looks like no secret"
    assert (
        f"{advice}; if the cloud does not look at it, replay with --ignore api_key." in key.reason
    )
    assert f"{advice}." in name.reason
