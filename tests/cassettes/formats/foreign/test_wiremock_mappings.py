"""Stubs of WireMock: what answers one request, and what answers more than one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import BadParameter, CassetteError
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.recognising import recognise
from glancetape_cassettes.formats.foreign.wiremock.wiremock_conditions import (
    VALUES,
    path_and_count,
    url_pattern,
    value_of,
)
from glancetape_cassettes.formats.foreign.wiremock.wiremock_mappings import WIREMOCK
from glancetape_cassettes.formats.foreign.wiremock.wiremock_matching import Asked, Matcher
from glancetape_cassettes.interaction import Interaction
from support.drawn.examples import examples
from support.foreign.text_files import HOST, exchange, page, stub


def _read(path: Path, url: str | None = HOST) -> list[Entry | LeftOut]:
    assert WIREMOCK is recognise(path)
    assert WIREMOCK.read is not None
    return list(WIREMOCK.read(path, url))


def _read_one(folder: Path, request: Any, response: Any = None, **more: Any) -> Entry | LeftOut:
    answer = {"status": 200, "body": "{}"} if response is None else response
    path = folder / "stubs.json"
    path.write_text(json.dumps({"mappings": [{"request": request, "response": answer, **more}]}))
    (found,) = _read(path)
    return found


TEXTS = st.text(st.characters(codec="utf-8"), max_size=10)
BODIES = ["body", "jsonBody", "base64Body", "bodyFileName"]


@st.composite
def _exchanges(draw: st.DrawFn) -> Interaction:
    query = draw(st.sampled_from(["", "?limit=1", "?limit=1&name=a%20b", "?tag=%C3%A9"]))
    text = json.dumps(
        {"images": [], "name": draw(TEXTS)}, ensure_ascii=False, separators=(",", ":")
    )
    path = draw(st.sampled_from(["/v2/images", "/image/v2/images"])) + query
    return exchange(path, text, draw(st.sampled_from([200, 404])))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    numbers = iter(range(10**6))
    root = tmp_path_factory.mktemp("stubs")
    return (root / str(number) for number in numbers)


@examples(80)
@given(
    st.lists(_exchanges(), min_size=1, max_size=3, unique_by=lambda one: one.request.uri),
    st.sampled_from(BODIES),
    st.booleans(),
)
def test_what_a_stub_answers_is_read(
    folders: Iterator[Path], exchanges: list[Interaction], body: str, is_folder: bool
) -> None:
    """From one file or from a folder with many, wherever the body is; the narrowest comes first."""
    folder = next(folders)
    (folder / "mappings" / "deep").mkdir(parents=True)
    stubs = [
        stub(one, body, folder / "__files") | {"priority": 5 - one.request.uri.count("=")}
        for one in exchanges
    ]
    if is_folder:
        for number, one in enumerate(stubs):
            (folder / "mappings" / "deep" / f"{number}.json").write_text(json.dumps(one))
        path = folder
    else:
        path = folder / "mappings" / "all.json"
        path.write_text(json.dumps({"mappings": stubs}, ensure_ascii=False))

    found = _read(path)

    told = [(one.request.method, one.request.headers, one.response) for one in exchanges]
    read = [one.interaction for one in found if isinstance(one, Entry)]
    assert told == [(one.request.method, one.request.headers, one.response) for one in read]
    assert [one.request.uri.replace("%20", "+") for one in exchanges] == [
        one.request.uri.replace("%20", "+") for one in read
    ]


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        ({"url": "/v2/images?limit=1"}, "/v2/images?limit=1"),
        ({"url": "/v2/images", "method": "ANY"}, "/v2/images"),
        ({"urlPath": "/v2/images", "queryParameters": {"marker": {"absent": True}}}, "/v2/images"),
        (
            {
                "urlPath": "/v2/images",
                "queryParameters": {"tag": {"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]}},
            },
            "/v2/images?tag=a&tag=b",
        ),
        ({"urlPath": "/v2/images/a b"}, "/v2/images/a%20b"),
    ],
)
def test_a_stub_says_in_several_ways_what_it_answers(
    tmp_path: Path, request_: dict[str, Any], asked: str
) -> None:
    found = _read_one(tmp_path, request_)

    assert isinstance(found, Entry)
    assert ("GET", HOST + asked) == (
        found.interaction.request.method,
        found.interaction.request.uri,
    )


@pytest.mark.parametrize("pattern", [".*", ".+", "^.+$", r"[\s\S]+"])
def test_a_header_that_has_to_be_there_has_some_value(tmp_path: Path, pattern: str) -> None:
    """A stub for any token is recorded with a token, so that nobody without one is answered."""
    found = _read_one(tmp_path, LIST | {"headers": {"X-Auth-Token": {"matches": pattern}}})

    assert isinstance(found, Entry)
    assert (("X-Auth-Token", "any"),) == found.interaction.request.headers


LIST = {"method": "GET", "urlPath": "/v2/images"}
OTHERWISE: dict[str, tuple[Any, Any, str, bool]] = {
    "a pattern": ({"urlPattern": "/v2/.*"}, None, "further condition (urlPattern)", False),
    "a pattern of paths": ({"urlPathPattern": "/v2/[a-z]+"}, None, "(urlPathPattern)", False),
    "a template": ({"urlPathTemplate": "/v2/{a}"}, None, "(urlPathTemplate)", False),
    "a condition on the body": (LIST | {"bodyPatterns": []}, None, "(bodyPatterns)", False),
    "a member that nobody knows": (LIST | {"hunter2": 1}, None, "(an unknown member)", False),
    "any path": ({"method": "GET"}, None, "its request names no path", False),
    "a query that matches": (
        LIST | {"queryParameters": {"limit": {"matches": ".*"}}},
        None,
        "its request has a pattern in 'queryParameters'",
        False,
    ),
    "a header that matches": (
        LIST | {"headers": {"X-Auth-Token": {"matches": "a.*"}}},
        None,
        "its request has a pattern in 'headers'",
        False,
    ),
    "a header that contains": (
        LIST | {"headers": {"Accept": {"contains": "json"}}},
        None,
        "its request has a pattern in 'headers'",
        False,
    ),
    "no request": (None, None, "'request' is missing or not an object", True),
    "no method": (LIST | {"method": 1}, None, "'request.method' is not a method", True),
    "a fault": (LIST, {"fault": "EMPTY_RESPONSE"}, "its answer is not in the stub (fault)", False),
    "another server": (LIST, {"proxyBaseUrl": "http://h"}, "(proxyBaseUrl)", False),
    "a body that is a template": (
        LIST,
        {"body": "{{request.path}}", "transformers": ["response-template"]},
        "its answer is a template",
        False,
    ),
    "a file that is a template": (
        LIST,
        {"bodyFileName": "{{request.path}}.json"},
        "its answer is a template",
        False,
    ),
    "no body": (LIST, {"status": 200}, "it has no body", False),
    "two bodies": (LIST, {"body": "a", "jsonBody": {}}, "it has several bodies", True),
    "a body of numbers": (LIST, {"body": 1}, "'response.body' is not text", True),
    "no base64": (LIST, {"base64Body": "%"}, "the base64 of its body is damaged", True),
    "no such file": (LIST, {"bodyFileName": "a"}, "the file of its body is not in __files", True),
    "a file beside it": (LIST, {"bodyFileName": "../stubs.json"}, "is not in __files", True),
    "a file of the system": (LIST, {"bodyFileName": "/etc/passwd"}, "is not in __files", True),
    "a status that ends nothing": (LIST, {"status": 100, "body": "a"}, "its status is not", True),
    "a header of lists": (LIST, {"body": "a", "headers": {"A": [[]]}}, "is not text", True),
}


@pytest.mark.parametrize(
    ("request_", "response", "reason", "is_bad"), OTHERWISE.values(), ids=OTHERWISE
)
def test_what_is_not_one_answer_to_one_request_is_left_out(
    tmp_path: Path, request_: Any, response: Any, reason: str, is_bad: bool
) -> None:
    """The reason quotes nothing that may be a secret."""
    found = _read_one(tmp_path, request_, response)

    assert isinstance(found, LeftOut)
    assert reason in found.reason
    assert is_bad == found.is_bad


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A folder of stubs may come from a stranger."""
    (tmp_path / "__files").mkdir()
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "__files" / "a.json").symlink_to(tmp_path / "secret")

    found = _read_one(tmp_path, LIST, {"bodyFileName": "a.json"})

    assert isinstance(found, LeftOut)


def test_a_later_state_of_a_scenario_is_left_out(tmp_path: Path) -> None:
    """The first state is what a client meets."""
    later = _read_one(tmp_path, LIST, scenarioName="a", requiredScenarioState="moved")
    first = _read_one(tmp_path, LIST, scenarioName="a", requiredScenarioState="Started")

    assert isinstance(later, LeftOut)
    assert isinstance(first, Entry)


STRANGE = {
    "no address": ({"mappings": [stub(exchange())]}, None, "Pass --url"),
    "no stub": ({"mappings": []}, HOST, "but has none"),
    "no list": (
        {"mappings": {}, "urlPath": "a", "request": {}, "response": {}},
        HOST,
        "not a list",
    ),
}


@pytest.mark.parametrize(("value", "url", "message"), STRANGE.values(), ids=STRANGE)
def test_a_file_without_use_is_refused(
    tmp_path: Path, value: Any, url: str | None, message: str
) -> None:
    path = tmp_path / "stubs.json"
    path.write_text(json.dumps(value))

    with pytest.raises(CassetteError, match=rf"stubs\.json: .*[Ss]tubs? .*{message}|{message}"):
        _read(path, url)


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stubs.json"
    path.write_text(json.dumps({"mappings": [stub(exchange(body=json.dumps(page())))]})[:-5])

    with pytest.raises(CassetteError, match=r"stubs\.json: looks like stubs .* cut off"):
        _read(path)


FAULT = {"fault": "EMPTY_RESPONSE"}
SAME = {"method": "ANY", "url": "/v2/images?limit=1&name=a"}
AS_PARAMETERS = {
    "urlPath": "/v2/images",
    "queryParameters": {"name": {"equalTo": "a"}, "limit": {"equalTo": "1"}},
}
OTHER = {"method": "GET", "url": "/v2/images?limit=2&name=a"}
WITH_HEADER = SAME | {"headers": {"Accept": {"equalTo": "json"}}}


def _stub_with(priority: Any, request: Any = SAME, response: Any = None, **more: Any) -> Any:
    given = {} if priority is None else {"priority": priority}
    return {"request": request, "response": response or {"body": "{}"}, **given, **more}


PRIORITIES: dict[str, tuple[list[list[Any]], list[int]]] = {
    "the lowest is first": ([[_stub_with(1), _stub_with(10)]], [1]),
    "the lowest is last": ([[_stub_with(10), _stub_with(1)]], [2]),
    "none is 5": ([[_stub_with(4), _stub_with(None), _stub_with(6)]], [1]),
    "none is before 6": ([[_stub_with(None), _stub_with(6)]], [1]),
    "the later of two": ([[_stub_with(2), _stub_with(2), _stub_with(3)]], [2]),
    "the later of two without": ([[_stub_with(None), _stub_with(5)]], [2]),
    "written in another way": ([[_stub_with(1), _stub_with(2, AS_PARAMETERS)]], [1]),
    "other requests": (
        [[_stub_with(2), _stub_with(2, OTHER), _stub_with(1, WITH_HEADER)]],
        [1, 2, 3],
    ),
    "a header after any": ([[_stub_with(2), _stub_with(3, WITH_HEADER)]], [1, 2]),
    "a header after any, which fails": (
        [[_stub_with(2, response=FAULT), _stub_with(3, WITH_HEADER)]],
        [],
    ),
    "the first is a fault": ([[_stub_with(1, response=FAULT), _stub_with(2)]], []),
    "a state that is not met": (
        [[_stub_with(1, scenarioName="a", requiredScenarioState="b"), _stub_with(2)]],
        [2],
    ),
    "a priority that is none": ([[_stub_with("1"), _stub_with(2)]], [2]),
    "in two files": ([[_stub_with(2)], [_stub_with(1)]], [2]),
    "in two files, the same": ([[_stub_with(2)], [_stub_with(2)]], []),
    "in two files, before others": ([[_stub_with(2)], [_stub_with(2)], [_stub_with(1)]], [3]),
}


@pytest.mark.parametrize("files", [1, 2, 300])
def test_many_stubs_for_one_request_are_not_compared_with_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    """A recording of a client that polls has thousands of them."""
    (tmp_path / "mappings").mkdir()
    stubs = [{"mappings": [_stub_with(None)] * (300 // files)}] * files
    for number, some in enumerate(stubs):
        (tmp_path / "mappings" / f"{number:03}.json").write_text(json.dumps(some))
    compared, may_match = [0], Matcher.may_match

    def counted(self: Matcher, asked: Asked) -> bool:
        compared[0] += 1
        return may_match(self, asked)

    monkeypatch.setattr(Matcher, "may_match", counted)
    found = _read(tmp_path)

    assert 300 == len(found)
    assert (1 if files == 1 else 0) == sum(isinstance(one, Entry) for one in found)
    assert 0 < compared[0] <= 3 * 300


@pytest.mark.parametrize(("files", "numbers"), PRIORITIES.values(), ids=PRIORITIES)
def test_of_several_stubs_for_a_request_one_answers(
    tmp_path: Path, files: list[list[Any]], numbers: list[int]
) -> None:
    """That which WireMock takes; no other one does, even if that one cannot be read."""
    (tmp_path / "mappings").mkdir()
    for number, stubs in enumerate(files):
        (tmp_path / "mappings" / f"{number}.json").write_text(json.dumps({"mappings": stubs}))

    found = _read(tmp_path)

    assert numbers == [one.number for one in found if isinstance(one, Entry)]
    assert list(range(1, sum(map(len, files)) + 1)) == [one.number for one in found]


@examples(100)
@given(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=9
    ),
    st.integers(0, 4),
    st.lists(st.sampled_from(["/image", "/a.b", "/a(c"]), max_size=2),
)
def test_a_pattern_of_one_path_is_read_as_that_path(
    end: str, count: int, prefixes: list[str]
) -> None:
    """What matches it is that path with so many parameters, below a prefix or not."""
    path = f"/v2/{end}"
    pattern = url_pattern(path, count, tuple(prefixes))

    assert (path, count) == path_and_count(pattern)
    query = "?" + "&".join(["a=1"] * count) if count else ""
    for prefix in ("", *prefixes):
        assert re.fullmatch(pattern, prefix + path + query)
    assert not re.fullmatch(pattern, f"{path}{query or '?'}&b=1")


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"/v2/.*", r"/v2/[a-z]", r"/v2/\d+", r"/v2/a|/v2/b", r"/v2/(a)", r"/v2/a?", r"/v2\w"),
        *(r".*", "", r"/v2/images\?.*", r"/v2/images\?limit=\d+", r"/v2/images(\?.*)?", r"/v2.0"),
        *(r"/v2/images\?[^&]+(?:&[^&]+)*", r"(?:/a|/b)/v2", "(?i)/v2", "/v2\\"),
    ],
)
def test_a_pattern_of_many_paths_is_none_of_one(pattern: str) -> None:
    assert path_and_count(pattern) is None


@pytest.mark.parametrize(("name", "condition", "value"), VALUES)
def test_a_value_that_is_read_meets_its_condition(
    name: str, condition: dict[str, Any], value: str
) -> None:
    """Otherwise a replay would answer who asks as the stub does not."""
    several = condition.get("or", [condition])

    assert value == value_of(name, condition)
    assert any(
        re.fullmatch(one["matches"], value)
        if "matches" in one
        else "doesNotMatch" in one and not re.fullmatch(one["doesNotMatch"], value)
        for one in several
    )


def _with_query(**parameters: Any) -> dict[str, Any]:
    return LIST | {"queryParameters": parameters}


ONE = {"equalTo": "1"}
LIMITED = {"method": "GET", "url": "/v2/images?limit=1"}
NEXT = _with_query(limit=ONE, marker={"equalTo": "x"})
IMAGE = {"method": "GET", "url": "/v2/images/a"}
JSON = {"headers": {"Accept": {"equalTo": "json"}}}
OVERLAPS: dict[str, tuple[Any, Any, bool | str]] = {
    # Whether the second hides the first; "taken" if it surely answers, so that its answer is known.
    "a path has any query": (LIMITED, LIST, "taken"),
    "a path has its own query": (LIST, LIMITED, False),
    "fewer parameters": (NEXT, _with_query(limit=ONE), "taken"),
    "more parameters": (_with_query(limit=ONE), NEXT, False),
    "another value": (NEXT, _with_query(limit={"equalTo": "2"}), False),
    "a parameter that is absent": (NEXT, _with_query(marker={"absent": True}), False),
    "a parameter that is not": (LIMITED, _with_query(marker={"absent": True}), "taken"),
    "a pattern of a parameter": (NEXT, _with_query(marker={"matches": ".+"}), True),
    "a pattern of one that is missing": (LIMITED, _with_query(marker={"matches": ".*"}), False),
    "one of several": (NEXT, _with_query(marker={"or": [{"equalTo": "x"}, ONE]}), True),
    "none of several": (NEXT, _with_query(marker={"or": [{"equalTo": "y"}, ONE]}), False),
    "a pattern": (LIMITED, {"urlPattern": "/v2/.*"}, True),
    "a pattern of another path": (LIMITED, {"urlPattern": "/v3/.*"}, False),
    "a pattern of paths below it": (LIST, {"urlPathPattern": "/v2/images/[a-z]+"}, False),
    "a pattern of paths with it": (IMAGE, {"urlPathPattern": "/v2/images/[a-z]+"}, True),
    "a character that may be missing": (LIST, {"urlPathPattern": "/v2/imagess?"}, True),
    "one of several patterns": (LIST, {"urlPathPattern": "/v3|/v2/images"}, True),
    "an escaped pattern": (LIST, {"urlPathPattern": r"/v2\.0/.*"}, False),
    "a path as a pattern": (LIMITED, {"urlPathPattern": "/v2/images"}, "taken"),
    "a count as a pattern": (NEXT, {"urlPattern": url_pattern("/v2/images", 1)}, False),
    "the same count": (LIMITED, {"urlPattern": url_pattern("/v2/images", 1)}, True),
    "an optional prefix": (
        LIST | {"urlPath": "/a/v2/images"},
        {"urlPattern": url_pattern("/v2/images", 0, ("/a",))},
        True,
    ),
    "a template": (IMAGE, {"urlPathTemplate": "/v2/images/{id}"}, True),
    "a template of another path": (LIST, {"urlPathTemplate": "/v2/images/{id}"}, False),
    "another method": (LIST, LIST | {"method": "POST"}, False),
    "two methods": (LIST, LIST | {"method": "GET_OR_HEAD"}, True),
    "any URL": (LIST, {}, True),
    "a header that it needs": (LIST, LIST | JSON, False),
    "a header that it has": (LIST | JSON, LIST | JSON, True),
    "any header": (LIST | JSON, LIST, "taken"),
    "a header in other letters": (
        LIST | JSON,
        LIST | {"headers": {"accept": {"equalTo": "json"}}},
        True,
    ),
    "a member that nobody knows": (LIST, LIST | {"hunter2": 1}, True),
    "the same in percent": (LIST | {"urlPath": "/v2/a b"}, {"url": "/v2/a%20b"}, True),
    "the same in another order": (
        {"url": "/v2/images?marker=x&limit=1"},
        {"url": "/v2/images?limit=1&marker=x"},
        True,
    ),
    "a strange condition": (LIMITED, LIST | {"queryParameters": {"limit": 1}}, True),
}


@pytest.mark.parametrize(("asked", "other", "is_hidden"), OVERLAPS.values(), ids=OVERLAPS)
def test_a_stub_is_not_read_if_another_one_may_answer_its_request(
    tmp_path: Path, asked: Any, other: Any, is_hidden: bool | str
) -> None:
    """WireMock prefers the later one, and between files nobody knows which one."""
    first, second = _stub_with(5, asked), _stub_with(5, other, {"body": '{"other": 1}'})
    path = tmp_path / "stubs.json"
    path.write_text(json.dumps({"mappings": [first, second]}))
    folder = tmp_path / "folder" / "mappings"
    folder.mkdir(parents=True)
    for name, one in (("a", first), ("b", second)):
        (folder / f"{name}.json").write_text(json.dumps(one))
    before = tmp_path / "before.json"
    before.write_text(json.dumps({"mappings": [first, {**second, "priority": 6}]}))

    later, unknown, after = (_read(one)[0] for one in (path, folder.parent, before))

    assert isinstance(after, Entry)
    assert b"{}" == after.interaction.response.body
    assert bool(is_hidden) == isinstance(unknown, LeftOut)
    assert (is_hidden is True) == isinstance(later, LeftOut)
    if isinstance(unknown, LeftOut):
        assert "in several files" in unknown.reason
    if isinstance(later, LeftOut):
        assert "another stub answers its request, or may answer it" in later.reason
    else:
        assert after.interaction.request == later.interaction.request
        body = b'{"other": 1}' if is_hidden else b"{}"
        assert body == later.interaction.response.body


def test_a_stub_for_any_query_is_read_as_one_without(tmp_path: Path) -> None:
    found = _read_one(tmp_path, LIST)

    assert isinstance(found, Entry)
    assert f"{HOST}/v2/images" == found.interaction.request.uri


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://h/v2/images", "--url http://h"),
        ("http://h:9292/image/v2/images/", "--url http://h:9292/image"),
        ("http://h/v2", "--url http://h"),
        ("http://h?limit=1", "--url http://h"),
    ],
)
def test_the_address_of_stubs_has_no_path_of_a_list(tmp_path: Path, url: str, advice: str) -> None:
    path = tmp_path / "stubs.json"
    path.write_text(json.dumps({"mappings": [_stub_with(1)]}))

    with pytest.raises(BadParameter, match=rf"the address of the service alone: {advice}$"):
        _read(path, url)


ANY: dict[str, Any] = {"method": "ANY", "urlPattern": ".*"}
NOBODY = ANY | {"headers": {"X-Auth-Token": {"absent": True}}}
GATES: dict[str, tuple[list[Any], list[int], bool]] = {
    "all before it": ([_stub_with(1, ANY), _stub_with(2)], [], False),
    "all after it": ([_stub_with(3, ANY), _stub_with(2)], [2], False),
    "all, the later of two": ([_stub_with(None), _stub_with(None, ANY)], [], False),
    "all, the earlier of two": ([_stub_with(None, ANY), _stub_with(None)], [2], False),
    "nobody before it": ([_stub_with(1, NOBODY), _stub_with(2)], [2], True),
    "nobody after it": ([_stub_with(3, NOBODY), _stub_with(2)], [2], False),
    "its method before it": ([_stub_with(1, ANY | {"method": "GET"}), _stub_with(2)], [], False),
    "other methods before it": (
        [_stub_with(1, ANY | {"method": "POST"}), _stub_with(2)],
        [2],
        False,
    ),
}


@pytest.mark.parametrize(("stubs", "numbers", "has_token"), GATES.values(), ids=GATES)
def test_a_stub_for_any_url_answers_before_those_after_it(
    tmp_path: Path, stubs: list[Any], numbers: list[int], has_token: bool
) -> None:
    """If it is only for requests without a token, the others have one."""
    path = tmp_path / "stubs.json"
    path.write_text(json.dumps({"mappings": stubs}))

    found = [one for one in _read(path) if isinstance(one, Entry)]

    assert numbers == [one.number for one in found]
    for one in found:
        assert has_token == (("X-Auth-Token", "any") in one.interaction.request.headers)


def test_an_address_in_a_template_is_the_one_that_is_given(tmp_path: Path) -> None:
    """Other templates are left out, and a body that is no template is as it is written."""
    body = '{"link": "{{request.baseUrl}}/v2/"}'
    template = {"body": body, "transformers": ["response-template"]}
    found = [_read_one(tmp_path, LIST, one) for one in (template, {"body": body})]

    bodies = [one.interaction.response.body for one in found if isinstance(one, Entry)]
    assert [body.replace("{{request.baseUrl}}", HOST).encode(), body.encode()] == bodies
