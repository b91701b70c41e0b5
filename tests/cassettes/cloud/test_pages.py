"""The shape of a page, its links, and what a marker cuts off."""

import orjson
import pytest

from support.one_image import ME, ims_image
from support.sets.imagesets import Cloud, MakeCloud, content_type, parameters, shared

DIALECTS = pytest.mark.parametrize("dialect", ["ims", "glance"])
LINKS = {"first": str, "next": str}


@pytest.fixture(scope="module")
def cloud(make_cloud: MakeCloud) -> Cloud:
    return make_cloud(
        [
            ims_image("first", tags=["镜像", "a=b"], name="镜像 é \"'<&>\u2028"),
            ims_image("bare", name=None, size=None, checksum=None, container_format=None),
            ims_image("mine", owner=ME, visibility="private", min_ram=2**40, size=2**62),
            ims_image("killed", status="killed"),
            shared("offered", me="pending"),
            ims_image("last", protected=True),
        ]
    )


def ids(cloud: Cloud, query: str, **how: str) -> str:
    return " ".join(one["id"] for one in cloud.page(query, **how)["images"])


@pytest.mark.parametrize(
    ("dialect", "query", "names"),
    [
        ("ims", "limit=2", "schema next images first"),
        ("ims", "limit=9", "schema images first"),
        ("glance", "limit=2", "images first schema next"),
        ("glance", "limit=9", "images first schema"),
    ],
)
def test_the_members_of_a_page_come_in_the_order_of_the_dialect(
    cloud: Cloud, dialect: str, query: str, names: str
):
    assert names.split() == list(cloud.page(query, dialect=dialect))


@DIALECTS
def test_a_page_is_json_of_the_types_of_the_api(cloud: Cloud, dialect: str):
    response = cloud.ask("limit=1", dialect=dialect)
    page = orjson.loads(response.body)
    assert "application/json" == content_type(response)
    assert "/v2/schemas/images" == page["schema"]
    assert LINKS == {name: type(page[name]) for name in LINKS}
    assert list is type(page["images"])


@DIALECTS
def test_an_image_has_all_fields_in_their_types(cloud: Cloud, dialect: str):
    types = {
        **dict.fromkeys("id status visibility owner created_at updated_at".split(), (str,)),
        **dict.fromkeys("self file schema __isregistered".split(), (str,)),
        **dict.fromkeys("name checksum container_format disk_format".split(), (str, type(None))),
        **dict.fromkeys("size virtual_size".split(), (int, type(None))),
        **dict.fromkeys("min_disk min_ram".split(), (int,)),
        "protected": (bool,),
        "tags": (list,),
    }
    for one in cloud.page(dialect=dialect)["images"]:
        assert types.keys() == one.keys()
        assert [] == [name for name, value in one.items() if type(value) not in types[name]]


@DIALECTS
def test_text_is_not_escaped_beyond_what_json_needs(cloud: Cloud, dialect: str):
    body = cloud.ask("limit=1", dialect=dialect).body
    assert "镜像 é \\\"'<&>\u2028" in body.decode()


@DIALECTS
def test_the_members_of_an_image_are_not_shown(cloud: Cloud, dialect: str):
    (one,) = cloud.page("member_status=pending&visibility=shared", dialect=dialect)["images"]
    assert "offered" == one["id"]
    assert "members" not in one


@DIALECTS
@pytest.mark.parametrize(
    ("query", "echoed"),
    [
        ("name=a+b", "name=a+b"),
        ("name=a%20b", "name=a+b"),
        ("created_at=lt:2999-01-01T00:00:00Z", "created_at=lt%3A2999-01-01T00%3A00%3A00Z"),
        ("name=in:a,b", "name=in%3Aa%2Cb"),
        ("tag=a=b", "tag=a%3Db"),
        ("name=in:%22a%22", "name=in%3A%22a%22"),
        ("a=~-_.", "a=~-_."),
        ("a=*()!'", "a=%2A%28%29%21%27"),
        ("a=/?@$", "a=%2F%3F%40%24"),
        ("a=%2B%26%3B", "a=%2B%26%3B"),
        ("a=é镜", "a=%C3%A9%E9%95%9C"),
        ("a=%c3%a9", "a=%C3%A9"),
        ("a=%zz%", "a=%25zz%25"),
        ("a=%00%0A", "a=%00%0A"),
        ("a=", "a="),
        ("a", "a="),
        ("=a", "=a"),
        ("a%20b=c", "a+b=c"),
        ("a=1;b=2", "a=1&b=2"),
        ("b=1&a=2&c=3", "b=1&a=2&c=3"),
        ("&&a=1&&;b=2;", "a=1&b=2"),
        ("a=b=c=d", "a=b%3Dc%3Dd"),
    ],
)
def test_links_encode_parameters_as_forms_do(cloud: Cloud, dialect: str, query: str, echoed: str):
    always = "__isregistered=true&" if dialect == "ims" else ""
    assert f"/v2/images?{always}{echoed}" == cloud.page(query, dialect=dialect)["first"]


def test_a_link_without_parameters_is_the_bare_path(cloud: Cloud):
    assert "/v2/images" == cloud.page("", dialect="glance")["first"]
    assert "/v2/images" == cloud.page("marker=first", dialect="glance")["first"]
    assert "/v2/images?__isregistered=true" == cloud.page("marker=first")["first"]


@pytest.mark.parametrize("query", ["limit=1", "limit=1;member_status=all"])
@DIALECTS
def test_next_is_first_with_a_marker_after_it(cloud: Cloud, dialect: str, query: str):
    page = cloud.page(query, dialect=dialect)
    assert f"{page['first']}&marker=first" == page["next"]


@DIALECTS
def test_the_old_marker_is_in_no_link(cloud: Cloud, dialect: str):
    page = cloud.page("marker=first&limit=1", dialect=dialect)
    assert "marker" not in dict(parameters(page["first"]))
    assert [("limit", "1"), ("marker", "bare")] == parameters(page["next"])[-2:]


@pytest.mark.parametrize("value", ["true", "false", ""])
@pytest.mark.parametrize("query", ["__isregistered={}&limit=1", "limit=1&__isregistered={}"])
def test_links_of_ims_have_isregistered_once(cloud: Cloud, query: str, value: str):
    first = cloud.page(query.format(value))["first"]
    assert f"/v2/images?{query.format(value)}" == first


@pytest.mark.parametrize(
    ("query", "ims", "glance"),
    [
        ("tag=a&a=1&tag=b", "tag=a&a=1&tag=b", "tag=b&a=1"),
        (
            "sort_key=name&sort_key=size&sort_dir=asc&sort_dir=desc",
            "sort_key=name&sort_key=size&sort_dir=asc&sort_dir=desc",
            "sort_key=size&sort_dir=desc",
        ),
        ("a=1&a=2&a=3", "a=1&a=2&a=3", "a=3"),
        ("visibility=public&visibility=", "visibility=public&visibility=", "visibility="),
    ],
)
def test_repeated_parameters_stay_in_links_of_ims(cloud: Cloud, query: str, ims: str, glance: str):
    assert f"/v2/images?__isregistered=true&{ims}" == cloud.page(query)["first"]
    assert f"/v2/images?{glance}" == cloud.page(query, dialect="glance")["first"]


@DIALECTS
@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("marker=first", "bare mine last"),
        ("marker=last", ""),
        ("marker=mine&visibility=public", "last"),
        ("marker=killed", "last"),
        ("marker=offered", "last"),
        ("marker=bare&name=nothing", ""),
        ("marker=bare&sort_key=name", ""),
        ("marker=bare&sort_key=name&sort_dir=asc", "last mine first"),
        ("marker=mine&sort_key=size", "first last bare"),
        ("marker=bare&sort_key=size&sort_dir=asc", "last first mine"),
        ("marker=killed&sort_key=status", "first bare mine last"),
        ("marker=first;limit=1", "bare"),
    ],
)
def test_a_page_begins_after_its_marker(cloud: Cloud, dialect: str, query: str, left: str):
    assert left == ids(cloud, query, dialect=dialect)


@DIALECTS
@pytest.mark.parametrize("limit", [3, 4, 5])
def test_a_full_last_page_has_a_next_only_in_glance(cloud: Cloud, dialect: str, limit: int):
    page = cloud.page(f"limit={limit}", dialect=dialect)
    follows = limit < 4 or (limit == 4 and dialect == "glance")
    assert follows == ("next" in page)


def test_glance_ends_a_walk_with_an_empty_page(cloud: Cloud):
    page = cloud.page("limit=4&marker=last", dialect="glance")
    assert {"images": [], "first": "/v2/images?limit=4", "schema": "/v2/schemas/images"} == page


@pytest.fixture(scope="module")
def big(make_cloud: MakeCloud) -> Cloud:
    return make_cloud(ims_image(f"{number:04}") for number in range(1002))


@DIALECTS
@pytest.mark.parametrize("limit", ["1000", "1001", "1002", "5000", "9" * 40])
def test_a_page_holds_1000_images_at_most_and_its_links_keep_the_limit_sent(
    big: Cloud, dialect: str, limit: str
):
    page = big.page(f"limit={limit}", dialect=dialect)
    assert 1000 == len(page["images"])
    assert [("limit", limit), ("marker", "0999")] == parameters(page["next"])[-2:]
    assert "1000 1001" == ids(big, f"limit={limit}&marker=0999", dialect=dialect)
