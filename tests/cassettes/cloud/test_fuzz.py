"""Every request gets an answer: no text, header or parameter makes the code fail."""

import re
from urllib.parse import quote, quote_plus, unquote_to_bytes

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Response
from support.drawn.examples import examples
from support.one_image import ME, ims_image
from support.sets.imagesets import Cloud, MakeCloud, content_type, shared

NUMBERS = ("size", "virtual_size", "min_disk", "min_ram")
TIMES = ("created_at", "updated_at")
NAMES = (
    *NUMBERS,
    *TIMES,
    *"limit marker sort sort_key sort_dir visibility member_status protected os_hidden tag".split(),
    *"tags name id status container_format disk_format owner checksum os_hash_value".split(),
    *"size_min size_max min_ram_min virtual_size_max foo_min owner_max created_at_min".split(),
    *"changes-since properties members locations deleted deleted_at __tablename__".split(),
    *"__isregistered __imagetype __os_type bogus".split(),
)
VALUES = (
    *"0 1 7 25 1000 1001 -1 1_0 ٥ 9223372036854775808 1e400 40.0 abc true false True".split(),
    *"a b c é public private shared community all accepted pending active killed gold".split(),
    *"name size id created_at bogus asc desc name:asc name:asc,size status,id:desc x=y".split(),
    *"2018-09-06T14:03:27Z lt:2018-10 neq:2018-09-06 gt:nope foo:2018 in:a,b eq:a".split(),
    *'0001-01-01T00:00:00+08:00 lte:9999-12-31T23:59:59-08:00 in:"a,b" in:"a'.split(),
    *("", " ", "\0", "%", "nothing", "hidden", "x" * 40, ME),
)


@pytest.fixture(scope="module")
def cloud(make_cloud: MakeCloud) -> Cloud:
    return make_cloud(
        [
            *(ims_image(f"{n:02}", name="aBé"[n % 3], size=(n % 4) or None) for n in range(40)),
            ims_image("a", owner=ME, visibility="private", tags=["x=y", "x.y", "é"]),
            ims_image("b", name='"<b>&\u2028', __imagetype="gold", protected=True),
            ims_image("hidden", visibility="private"),
            ims_image("killed", status="killed"),
            shared("c", me="pending"),
        ]
    )


def encoded(text: str, way: int) -> str:
    return (quote_plus(text), quote(text, safe=":,=/"), text)[way]


pairs = st.builds(
    lambda name, value, way: f"{encoded(name, way)}={encoded(value, way)}",
    st.sampled_from(NAMES) | st.text(max_size=6),
    st.sampled_from(VALUES) | st.text(max_size=12),
    st.sampled_from(range(3)),
)
well_formed = st.builds(
    lambda parts, sign: sign.join(parts), st.lists(pairs, max_size=6), st.sampled_from("&;")
)
mutated = st.builds(
    lambda query, at, cut, put: query[: at % (len(query) + 1)] + put + query[at + cut :],
    well_formed,
    st.integers(0, 80),
    st.integers(0, 4),
    st.text(max_size=3) | st.sampled_from(["%", "%F", "%FF", "%C3%A9", "&", ";", "=", "+", ":"]),
)
unlimited = st.characters(exclude_categories=())  # surrogates too
anything = st.text(unlimited, max_size=60)
accepts = st.none() | st.sampled_from(["application/json", "text/html", "*/*", "text/plain"])


def may_fail(query: str) -> bool:
    """Whether Glance answers 500 for something in a query."""
    raw = query.encode(errors="replace").replace(b"+", b" ").replace(b";", b"&")
    parts = [unquote_to_bytes(part).decode(errors="replace") for part in raw.split(b"&")]
    return any(fails(*part.partition("=")[::2]) for part in parts)


def fails(name: str, value: str) -> bool:
    if name.endswith(("_min", "_max")):
        try:
            number = int(value)
        except ValueError:
            return False
        return name[:-4] not in NUMBERS or not -(1 << 63) <= number < 1 << 63
    if name in TIMES:  # an offset leads out of the calendar
        return re.search("0001|9999", value) is not None
    return name in {"properties", "members", "locations", "tags", "changes-since"}


def check(response: Response, query: str, dialect: str) -> None:
    """Check that an answer has one of the shapes of answers."""
    assert response.status in {200, 400, 403, 500}
    assert response.status != 500 or may_fail(query)
    if response.status == 200:
        check_page(response, dialect)
        return
    kind, text = content_type(response), response.body.decode()
    status = f"{response.status} {response.reason}"
    if kind == "application/json":
        body = orjson.loads(text)
        assert ["message", "code", "title"] == list(body)
        assert (status, response.reason) == (body["code"], body["title"])
        assert body["message"].endswith("<br /><br />\n\n\n")
    elif kind == "text/html; charset=UTF-8":
        assert text.startswith(f"<html>\n <head>\n  <title>{status}</title>")
        assert text.endswith("<br /><br />\n\n\n\n </body>\n</html>")
        assert text.isascii()
    else:
        assert "text/plain; charset=UTF-8" == kind
        assert text.startswith(f"{status}\n\n")


def check_page(response: Response, dialect: str) -> None:
    assert "application/json" == content_type(response)
    page = orjson.loads(response.body)
    order = {"ims": "schema next images first", "glance": "images first schema next"}[dialect]
    assert [name for name in order.split() if name in page] == list(page)
    ids = [one["id"] for one in page["images"]]
    assert len(ids) == len(set(ids))
    assert not {"hidden", "killed"} & set(ids)
    assert page["first"].isascii()
    assert page["first"].startswith("/v2/images")
    if "next" in page:
        assert page["next"] == f"{page['first']}{'&' if '?' in page['first'] else '?'}" + (
            f"marker={ids[-1]}"
        )


FUZZ = examples(300)
DIALECTS = st.sampled_from(["ims", "glance"])


@FUZZ
@given(query=anything, dialect=DIALECTS, accept=accepts)
@example(query="a=\ud800", dialect="ims", accept=None)
@example(query="a=\udcff", dialect="glance", accept="application/json")
def test_any_text_gets_an_answer(cloud: Cloud, query: str, dialect: str, accept: str | None):
    check(cloud.ask(query, dialect=dialect, accept=accept), query, dialect)


@FUZZ
@given(query=well_formed, dialect=DIALECTS, accept=accepts, version=st.sampled_from("MQ"))
@example(query="members=x", dialect="glance", accept=None, version="M")
@example(query="created_at=0001-01-01T00:00:00%2B08:00", dialect="ims", accept=None, version="M")
def test_any_parameters_get_an_answer(
    cloud: Cloud, query: str, dialect: str, accept: str | None, version: str
):
    response = cloud.ask(query, dialect=dialect, accept=accept, version=version)
    check(response, query, dialect)


@FUZZ
@given(query=mutated, dialect=DIALECTS, accept=accepts)
def test_any_damaged_parameters_get_an_answer(
    cloud: Cloud, query: str, dialect: str, accept: str | None
):
    check(cloud.ask(query, dialect=dialect, accept=accept), query, dialect)


@FUZZ
@given(accept=st.text(unlimited), version=st.text(unlimited), dialect=DIALECTS)
def test_any_headers_get_an_answer(cloud: Cloud, accept: str, version: str, dialect: str):
    for query in ("", "limit=x"):
        check(cloud.ask(query, accept=accept, version=version, dialect=dialect), query, dialect)


@FUZZ
@given(queries=st.lists(well_formed, min_size=1, max_size=4), dialect=DIALECTS)
def test_an_answer_does_not_depend_on_what_was_asked_before(
    cloud: Cloud, queries: list[str], dialect: str
):
    for query in queries:
        with ImageSet(cloud.lister.images.path) as images:
            fresh = Cloud(Lister(images))
            assert fresh.ask(query, dialect=dialect) == cloud.ask(query, dialect=dialect)
