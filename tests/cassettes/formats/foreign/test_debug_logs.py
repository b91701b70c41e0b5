"""The output of `openstack --debug`: whole exchanges, and what a log leaves out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.debug_log.debug_logs import DEBUG_LOG
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.recognising import recognise
from glancetape_cassettes.interaction import Interaction
from support.drawn.examples import examples
from support.foreign.text_files import DATE, JSON, LOGS, exchange, interleaved, log_of, page


def _read(path: Path, text: str | bytes) -> list[Entry | LeftOut]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert DEBUG_LOG is recognise(path)
    assert DEBUG_LOG.read is not None
    return list(DEBUG_LOG.read(path, None))


def _told(one: Interaction, *, reason: bool = False) -> tuple[object, ...]:
    """What a log shows of an exchange; only glanceclient prints the reason."""
    answer = one.response
    shown = answer.reason if reason else ""
    return one.request, answer.status, shown, answer.headers, answer.body, one.recorded_at


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12
)
TRAPS = ["RESP: [200] A: b", "RESP BODY: {}", "REQ: curl -g -i x", 'a" -H "b', "it's", "{SHA256}"]
BODIES = st.one_of(
    TEXTS.map(lambda text: json.dumps({"images": [], "name": text})),
    st.sampled_from(TRAPS).map(lambda text: json.dumps(page(name=text), indent=2)),
)


@st.composite
def _exchanges(draw: st.DrawFn) -> Interaction:
    method = draw(st.sampled_from(["GET", "POST", "PATCH", "DELETE"]))
    path = draw(st.sampled_from(["/v2/images", "/v2/images?limit=1&name=a%20b", "/v2/schemas"]))
    if method == "DELETE":
        return exchange(path, "", 204, method, headers=(("Date", DATE),))
    sent = json.dumps({"name": draw(TEXTS | st.sampled_from(TRAPS))}) if method != "GET" else ""
    return exchange(path, draw(BODIES), draw(st.sampled_from([200, 404])), method, sent)


@examples(100)
@given(st.lists(_exchanges(), min_size=1, max_size=4), st.sampled_from(sorted(LOGS)))
def test_what_a_client_printed_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, exchanges: list[Interaction], style: str
) -> None:
    """In each client's way of printing; what is in a body is not taken for a line of the log."""
    path = tmp_path_factory.getbasetemp() / "printed.log"

    found = _read(path, log_of(exchanges, style))

    is_glance = style == "glance"
    told = [_told(one, reason=is_glance) for one in exchanges]
    assert told == [
        _told(one.interaction, reason=is_glance) for one in found if isinstance(one, Entry)
    ]
    assert list(range(1, len(exchanges) + 1)) == [one.number for one in found]


@examples(100)
@given(st.integers(0, 2**32), st.integers(2, 5), st.sampled_from(["ids", "lines", ""]))
def test_an_answer_is_never_given_to_another_request(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, shown: str
) -> None:
    """Several threads print into one log. What no line tells apart is left out."""
    exchanges = [exchange(f"/v2/images?limit={n}", json.dumps(page(count=n))) for n in range(count)]
    path = tmp_path_factory.getbasetemp() / "threads.log"

    found = _read(path, interleaved(exchanges, seed, shown=shown))

    asked = {one.request.uri: one.response.body for one in exchanges}
    read = [one.interaction for one in found if isinstance(one, Entry)]
    assert all(asked[one.request.uri] == one.response.body for one in read)
    if shown:
        assert count == len(read)


WRAPPED = (
    'REQ: curl -g -i -X GET http://glance:9292/v2/images?limit=25 -H "Accept: */*" '
    '-H "X-Auth-Token: {SHA256}abc"'
)


@pytest.mark.parametrize("indent", ["", "    "])
def test_a_request_that_a_mail_has_wrapped_is_no_other_request(tmp_path: Path, indent: str) -> None:
    """Not that of `limit=2`, nor that of a caller without a token."""
    answer = '\nRESP: [200] Content-Type: application/json\nRESP BODY: {"images": []}\n'
    for place in range(len("REQ: curl -g -i "), len(WRAPPED)):
        text = f"{WRAPPED[:place]}\n{indent}{WRAPPED[place:]}{answer}"

        (found,) = _read(tmp_path / "a.log", text)

        assert isinstance(found, LeftOut)
        assert found.is_bad


LIST = "REQ: curl -g -i -X GET http://glance/v2/images\n"
OK = "RESP: [200] Content-Type: application/json\n"
LEFT_OUT = {
    "a body that is not JSON": (
        LIST + OK + "RESP BODY: Omitted, Content-Type is set to text/html. Only application/json "
        "responses have their bodies logged.\n",
        "the log leaves out its body, which is not JSON",
        False,
    ),
    "no line with the body": (LIST + OK, "its body is not in the log", False),
    "an empty body": (LIST + OK + "RESP BODY: \n", "its body is not in the log", False),
    "a page in HTML": (
        LIST + OK + "RESP BODY: <html>\n<h1>No</h1>\n",
        "its body is not JSON, so the log does not show where it ends",
        False,
    ),
    "a body that is cut off": (
        LIST + OK + 'RESP BODY: {"images": [{"id": "a"',
        "the log has only a part of its body",
        True,
    ),
    "a body that a person shortened": (
        LIST + OK + 'RESP BODY: {"images": [..., {"id": "a"}]}\n',
        "the log has only a part of its body",
        True,
    ),
    "a line that was broken in a text": (
        LIST + OK + 'RESP BODY: {"message": "a<br />\nb"}\n',
        "the log has only a part of its body",
        True,
    ),
    "no answer": (LIST, "the log has no answer to it", False),
    "a status that ends nothing": (LIST + "RESP: [100] A: b\n", "its status is not", False),
    "a login without its catalog": (
        LIST + OK + 'RESP BODY: {"token": {"catalog": "<removed>", "methods": []}}\n',
        "the log leaves out the catalog of the login",
        False,
    ),
    "an older login": (
        LIST + OK + 'RESP BODY: {"access": {"serviceCatalog": "<removed>"}}\n',
        "the log leaves out the catalog of the login",
        False,
    ),
    "an upload": (
        "REQ: curl -g -i -X PUT http://glance/v2/images/a/file -d '<generator object a>'\n"
        "RESP: [204] Content-Length: 0\n",
        "the log leaves out the body of the request",
        False,
    ),
    "an option of curl that nobody knows": (
        "REQ: curl -g -i --unknown http://glance/v2/images\n" + OK + "RESP BODY: {}\n",
        "the curl command of its request is cut off, or in a form that is not known",
        True,
    ),
    "a command that is cut off": (
        'REQ: curl -g -i -X GET http://glance/v2/images -H "X-Auth-Tok\n',
        "the curl command of its request is cut off, or in a form that is not known",
        True,
    ),
    "no URL": ("REQ: curl -g -i -X GET\n" + OK, "the curl command of its request", True),
    "no request": (OK + 'RESP BODY: {"images": []}\n', "the log has no request for it", False),
}


@pytest.mark.parametrize(("text", "reason", "is_bad"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_a_log_leaves_out_is_no_answer(
    tmp_path: Path, text: str, reason: str, is_bad: bool
) -> None:
    """One entry, with the reason; the request is kept, since it may have changed something."""
    (found,) = _read(tmp_path / "a.log", text)

    assert isinstance(found, LeftOut)
    assert (1, is_bad) == (found.number, found.is_bad)
    assert found.reason.startswith(reason)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-16"),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("REQ:", "\x1b[32mREQ:\x1b[0m").encode(),
    ],
    ids=["PowerShell", "a mark at its begin", "Windows", "colours"],
)
def test_a_log_is_read_however_it_was_saved(tmp_path: Path, encode: Callable[[str], bytes]) -> None:
    (found,) = _read(tmp_path / "a.log", encode(log_of([exchange()])))

    assert isinstance(found, Entry)
    assert exchange().response.body == found.interaction.response.body


@pytest.mark.parametrize(
    ("lead", "date"),
    [
        ("2025-12-17T13:16:52.976+02:00 DEBUG ", "2025-12-17T13:16:52.976+02:00"),
        ("2025-12-17 13:16:52,976Z | ", "2025-12-17T13:16:52.976Z"),
        ("2025-12-17 13:16:52,976 DEBUG ", ""),
        ("", ""),
    ],
)
def test_a_date_needs_a_time_zone(tmp_path: Path, lead: str, date: str) -> None:
    """A log has local time; the service's own date goes before it."""
    text = f'{lead}{LIST}{lead}{OK}RESP BODY: {{"images": []}}\n'

    (found,) = _read(tmp_path / "a.log", text)
    (dated,) = _read(tmp_path / "b.log", text.replace(OK, f"{OK[:-1]} Date: {DATE}\n"))

    assert isinstance(found, Entry)
    assert isinstance(dated, Entry)
    assert (date, DATE) == (found.interaction.recorded_at, dated.interaction.recorded_at)


def test_a_request_that_failed_and_was_sent_again_is_answered_once(tmp_path: Path) -> None:
    first, again = _read(tmp_path / "a.log", LIST + LIST + OK + 'RESP BODY: {"images": []}\n')

    assert isinstance(first, LeftOut)
    assert isinstance(again, Entry)


def test_a_log_without_a_whole_request_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("RESP: [2xx]\nREQ: curl was called\n")

    with pytest.raises(CassetteError, match=r"a\.log: has none of the formats that are read"):
        recognise(path)


def test_a_log_is_recognised_by_a_request_far_below_its_begin(tmp_path: Path) -> None:
    """A test run prints a lot before it."""
    (found,) = _read(tmp_path / "a.log", "nothing\n" * 20_000 + log_of([exchange()]))

    assert isinstance(found, Entry)
    assert (JSON, ("Date", DATE)) == found.interaction.response.headers


def _asks(caller: str, query: str = "", data: str = "") -> str:
    sent = f" -d '{data}'" if data else ""
    return (
        f"REQ: curl -g -i -X GET http://glance/v2/images{query} "
        f'-H "X-Auth-Token: {{SHA256}}{caller}"{sent}\n'
    )


def _responds(body: str, *, length: int | None = None) -> str:
    return f"RESP: [200] Content-Length: {len(body) if length is None else length}\n"


def _by_caller(found: list[Entry | LeftOut]) -> list[tuple[str, str]]:
    read = [one.interaction for one in found if isinstance(one, Entry)]
    return [(one.request.headers[0][1], one.response.body.decode()) for one in read]


A, B = '{"images": ["of A"]}', '{"images": ["of B, longer"]}'
LINE = 'http://glance:80 "GET /v2/images HTTP/1.1" 200 None\n'
CALLERS = {
    "two callers": _asks("a") + _asks("b"),
    "two callers, and a line of urllib3": _asks("a") + _asks("b") + LINE,
    "two bodies of one caller": _asks("a", data="1") + _asks("a", data="2"),
    "three, two of them alike": _asks("a") + _asks("b") + _asks("b"),
}


@pytest.mark.parametrize("asked", CALLERS.values(), ids=CALLERS)
@pytest.mark.parametrize("bodies", [(A, B), (B, A)], ids=["in order", "the other way round"])
def test_an_answer_is_never_given_to_another_caller(
    tmp_path: Path, asked: str, bodies: tuple[str, str]
) -> None:
    """The same URL shows each caller their own images."""
    answers = "".join(_responds(body) + f"RESP BODY: {body}\n" for body in bodies)

    found = _read(tmp_path / "a.log", asked + answers)

    assert {"several requests were open at once"} == {
        one.reason.partition(",")[0] for one in found if isinstance(one, LeftOut)
    }
    assert not _by_caller(found)


def test_the_same_request_of_one_caller_is_answered(tmp_path: Path) -> None:
    found = _read(tmp_path / "a.log", _asks("a") + _asks("a") + _responds(A) + f"RESP BODY: {A}\n")

    assert [("{SHA256}a", A)] == _by_caller(found)


NO_LENGTH = "RESP: [200] Content-Type: application/json\n"
SENT_A = _asks("a", "?a") + 'http://glance:80 "GET /v2/images?a HTTP/1.1" 200 20\n'
SENT_B = _asks("b", "?b") + 'http://glance:80 "GET /v2/images?b HTTP/1.1" 200 28\n'
BODY_A, BODY_B = f"RESP BODY: {A}\n", f"RESP BODY: {B}\n"
OF_A, OF_B = ("{SHA256}a", A), ("{SHA256}b", B)
SEQUENCES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "one by one": (SENT_A + _responds(A) + BODY_A + SENT_B + _responds(B) + BODY_B, [OF_A, OF_B]),
    "both, by length": (
        SENT_A + _responds(A) + SENT_B + _responds(B) + BODY_A + BODY_B,
        [OF_A, OF_B],
    ),
    "both, the other way round": (
        SENT_A + _responds(A) + SENT_B + _responds(B) + BODY_B + BODY_A,
        [OF_A, OF_B],
    ),
    "only one body": (SENT_A + _responds(A) + SENT_B + _responds(B) + BODY_B, [OF_B]),
    "without lengths": (SENT_A + NO_LENGTH + SENT_B + NO_LENGTH + BODY_A + BODY_B, []),
    "one length, which fits both": (SENT_A + _responds(A) + SENT_B + NO_LENGTH + BODY_A, []),
    "one length, which fits one": (SENT_A + _responds(A) + SENT_B + NO_LENGTH + BODY_B, [OF_B]),
    "of another length": (SENT_A + _responds(A, length=21) + BODY_A, []),
    "compressed on the wire": (
        SENT_A + "RESP: [200] Content-Encoding: gzip Content-Length: 9\n" + BODY_A,
        [OF_A],
    ),
    "with a line end of its own": (SENT_A + _responds(A, length=21) + BODY_A + "\n", [OF_A]),
}


@pytest.mark.parametrize("proxy", ["", "http://proxy.example:3128"], ids=["directly", "by proxy"])
@pytest.mark.parametrize(("text", "known"), SEQUENCES.values(), ids=SEQUENCES)
def test_a_body_is_given_to_the_one_answer_that_it_fits(
    tmp_path: Path, text: str, known: list[tuple[str, str]], proxy: str
) -> None:
    """To a proxy, urllib3 names the whole URL, as `glancetape run` lets clients do."""
    if proxy:
        text = text.replace('http://glance:80 "GET /v2', f'{proxy} "GET http://glance/v2')

    assert known == _by_caller(_read(tmp_path / "a.log", text))


def test_an_answer_that_has_no_body_waits_for_none(tmp_path: Path) -> None:
    head = 'REQ: curl -g -i -X HEAD http://glance/v2/images/a -H "X-Auth-Token: h"\n'
    text = head + "RESP: [200] Content-Length: 20\n" + SENT_A + _responds(A) + BODY_A

    found = _read(tmp_path / "a.log", text)

    assert [("h", ""), OF_A] == _by_caller(found)
