"""What is refused, with which status and words, and for which of several mistakes."""

import pytest

from support.one_image import ME, OTHER, ims_image
from support.sets.imagesets import Cloud, MakeCloud, shared

KEYS = "name, status, container_format, disk_format, size, id, created_at, updated_at"
BAD_KEY = f"Invalid sort key: {{}}. It must be one of the following: {KEYS}."
BAD_TIME = 'Bad "{}" query filter format. Use ISO 8601 DateTime notation.'
NOT_BOOLEAN = "Invalid value '{}' for '{}' filter. Valid values are 'true' or 'false'."
UNKNOWN = "Unable to filter by unknown operator '{}'."
UNKNOWN_FOR_TIMES = "Unable to filter on a unknown operator."
NO_IMAGE = "No image found with ID {}"
TOO_LONG = "Image with the given id %(image_id)s was not found"
NOT_A_NUMBER = "limit param must be an integer"
NEGATIVE = "limit param must be positive"
COUNTS_DIFFER = "Number of sort dirs does not match the number of sort keys"
MIXED = "Old and new sorting syntax cannot be combined"
NO_RANGE = "Unable to filter on a range with a non-numeric value."
CHANGES_SINCE = 'The "changes-since" filter is no longer available on v2.'
UNREADABLE = (
    "Error decoding your request. Either the URL or the request body contained characters that "
    "could not be decoded by Glance"
)
FAILURE = "The server has either erred or is incapable of performing the requested operation."
DIALECTS = pytest.mark.parametrize("dialect", ["ims", "glance"])


@pytest.fixture(scope="module")
def cloud(make_cloud: MakeCloud) -> Cloud:
    return make_cloud(
        [
            ims_image("public", owner=OTHER),
            ims_image("mine", owner=ME, visibility="private"),
            ims_image("hidden", visibility="private"),
            shared("not-with-me", third="accepted"),
            ims_image("killed", status="killed"),
            ims_image("deleted", status="deleted"),
            ims_image("fading", status="pending_delete", owner=ME),
        ]
    )


@DIALECTS
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=abc", NOT_A_NUMBER),
        ("limit=", NOT_A_NUMBER),
        ("limit", NOT_A_NUMBER),
        ("limit=2.0", NOT_A_NUMBER),
        ("limit=0x10", NOT_A_NUMBER),
        ("limit=1__0", NOT_A_NUMBER),
        ("limit=--1", NOT_A_NUMBER),
        ("limit=abc&limit=1", NOT_A_NUMBER),
        ("limit=" + "9" * 5000, NOT_A_NUMBER),
        ("limit=-1", NEGATIVE),
        ("limit=+-1", NEGATIVE),
        ("marker=nothing", NO_IMAGE.format("nothing")),
        ("marker=", NO_IMAGE.format("")),
        ("marker", NO_IMAGE.format("")),
        ("marker=PUBLIC", NO_IMAGE.format("PUBLIC")),
        ("marker=public+", NO_IMAGE.format("public ")),
        ("marker=%E9%95%9C%E5%83%8F", NO_IMAGE.format("镜像")),
        ("marker=%27%22--", NO_IMAGE.format("'\"--")),
        ("marker=%00", NO_IMAGE.format("\0")),
        ("marker=deleted", NO_IMAGE.format("deleted")),
        ("marker=fading", NO_IMAGE.format("fading")),
        ("marker=" + "x" * 36, NO_IMAGE.format("x" * 36)),
        ("marker=" + "x" * 37, TOO_LONG),
        ("marker=" + "%C3%A9" * 36, NO_IMAGE.format("é" * 36)),
        ("sort_key=bogus", BAD_KEY.format("bogus")),
        ("sort_key=", BAD_KEY.format("")),
        ("sort_key=Name", BAD_KEY.format("Name")),
        ("sort_key=owner", BAD_KEY.format("owner")),
        ("sort_key=min_disk", BAD_KEY.format("min_disk")),
        ("sort_key=virtual_size", BAD_KEY.format("virtual_size")),
        ("sort_key=__os_type", BAD_KEY.format("__os_type")),
        ("sort_key=name,size", BAD_KEY.format("name,size")),
        ("sort_key=name&sort_key=bogus", BAD_KEY.format("bogus")),
        ("sort=", BAD_KEY.format("")),
        ("sort=name,", BAD_KEY.format("")),
        ("sort=:asc", BAD_KEY.format("")),
        ("sort=name:up", "Invalid sort direction: up"),
        ("sort=name:asc:x", "Invalid sort direction: asc:x"),
        ("sort=name:+,size", "Invalid sort direction: "),
        ("sort_dir=up", "Invalid sort direction: up"),
        ("sort_dir=", "Invalid sort direction: "),
        ("sort_dir=ASC", "Invalid sort direction: ASC"),
        ("sort_key=name&sort_dir=asc&sort_dir=desc", COUNTS_DIFFER),
        ("sort_dir=asc&sort_dir=desc", COUNTS_DIFFER),
        ("sort=name:asc&sort_key=size", MIXED),
        ("sort=name:asc&sort_dir=asc", MIXED),
        ("sort=bogus&sort_key=bogus", MIXED),
        ("visibility=bogus", "Invalid visibility value: bogus"),
        ("visibility=PUBLIC", "Invalid visibility value: PUBLIC"),
        ("visibility=in:public,private", "Invalid visibility value: in:public,private"),
        ("visibility=public&visibility=bogus", "Invalid visibility value: bogus"),
        ("member_status=bogus", "Invalid status: bogus"),
        ("member_status=", "Invalid status: "),
        ("member_status=Accepted", "Invalid status: Accepted"),
        ("protected=maybe", NOT_BOOLEAN.format("maybe", "protected")),
        ("protected=True", NOT_BOOLEAN.format("True", "protected")),
        ("protected=1", NOT_BOOLEAN.format("1", "protected")),
        ("protected=", NOT_BOOLEAN.format("", "protected")),
        ("protected=true&protected=x", NOT_BOOLEAN.format("x", "protected")),
        ("status=neq:active", UNKNOWN.format("neq")),
        ("disk_format=gt:a", UNKNOWN.format("gt")),
        ("name=IN:zebra", UNKNOWN.format("IN")),
        ("name=key:value:more", UNKNOWN.format("key")),
        ("id=:x", UNKNOWN.format("")),
        ("container_format=+in:bare", UNKNOWN.format(" in")),
        ("created_at=eq:2018-09-06T16:00:00+08:00", BAD_TIME.format("created_at")),
        ("created_at=", BAD_TIME.format("created_at")),
        ("created_at=gt:", BAD_TIME.format("created_at")),
        ("created_at=2018-13-01", BAD_TIME.format("created_at")),
        ("created_at=2018-10-28T24:00:00Z", BAD_TIME.format("created_at")),
        ("created_at=2018-10-28t10:00:00z", BAD_TIME.format("created_at")),
        ("created_at=1536242607", BAD_TIME.format("created_at")),
        ("created_at=foo:nope", BAD_TIME.format("created_at")),
        ("updated_at=gt:nope", BAD_TIME.format("updated_at")),
        ("updated_at=0000-01-01", BAD_TIME.format("updated_at")),
        ("created_at=foo:2018-10-28T10:00:00Z", UNKNOWN_FOR_TIMES),
        ("created_at=in:2018", UNKNOWN_FOR_TIMES),
        ("updated_at=GT:2018", UNKNOWN_FOR_TIMES),
        ("updated_at=:2018", UNKNOWN_FOR_TIMES),
        ('name=in:"a,b', 'Invalid filter value "a,b. The quote is not closed.'),
        ("name=in:%22", 'Invalid filter value ". The quote is not closed.'),
        (
            'name=in:a"b"',
            'Invalid filter value a"b". There is no comma before opening quotation mark.',
        ),
        (
            'id=in:"a"b',
            'Invalid filter value "a"b. There is no comma after closing quotation mark.',
        ),
        ("size_min=abc", NO_RANGE),
        ("size_max=", NO_RANGE),
        ("size_max=5.0", NO_RANGE),
        ("bogus_min=abc", NO_RANGE),
        ("min_disk_max=x", NO_RANGE),
        ("changes-since=2018-09-20T00:00:00Z", CHANGES_SINCE),
        ("changes-since=&changes-since=x", CHANGES_SINCE),
        ("name=%FF%FE", UNREADABLE),
        ("%FF=name", UNREADABLE),
        ("name=%C3", UNREADABLE),
        ("name=%ED%A0%80", UNREADABLE),
    ],
)
def test_a_bad_parameter_is_refused_in_the_words_of_glance(
    cloud: Cloud, dialect: str, query: str, message: str
):
    assert (400, message) == cloud.refusal(query, dialect=dialect)


@DIALECTS
@pytest.mark.parametrize("marker", ["hidden", "not-with-me"])
def test_a_marker_that_the_caller_may_not_see_is_forbidden(cloud: Cloud, dialect: str, marker: str):
    expected = (403, f"Forbidding request, image {marker} not visible")
    assert expected == cloud.refusal(f"marker={marker}", dialect=dialect)


@pytest.mark.parametrize("value", ["maybe", "", "1"])
def test_os_hidden_is_a_boolean_of_newer_glance_only(cloud: Cloud, value: str):
    expected = (400, NOT_BOOLEAN.format(value, "os_hidden"))
    assert expected == cloud.refusal(f"os_hidden={value}", dialect="glance")
    assert "" == cloud.names(f"os_hidden={value}")


@DIALECTS
@pytest.mark.parametrize(
    "query",
    [
        "size_min=99999999999999999999",
        "size_max=-9223372036854775809",
        "foo_min=3",
        "__image_size_min=3",
        "_max=1",
        "properties=",
        "members=x",
        "locations=x",
        "changes-since=",
        "changes-since=x&changes-since=",
        "tags=a&tags=b",
        "created_at=0001-01-01T00:00:00%2B08:00",
        "updated_at=lt:9999-12-31T23:59:59-08:00",
    ],
)
def test_what_a_real_glance_fails_on_is_a_server_error(cloud: Cloud, dialect: str, query: str):
    assert (500, FAILURE) == cloud.refusal(query, dialect=dialect)


@DIALECTS
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("size_min=99999999999999999999&marker=nothing", 400),  # the database fails last
        ("size_min=99999999999999999999&marker=hidden", 403),
        ("foo_min=3&marker=nothing", 500),
        ("foo_min=3&name=zz:x", 500),
        ("name=zz:x&foo_min=3", 400),
        ("properties=&name=zz:x", 500),
        ("properties=&limit=x", 400),
        ("changes-since=&protected=x", 400),
    ],
)
def test_internal_errors_come_at_the_same_step_as_in_glance(
    cloud: Cloud, dialect: str, query: str, status: int
):
    assert status == cloud.ask(query, dialect=dialect).status


WRONG = {
    "visibility=bogus": "Invalid visibility value: bogus",
    "changes-since=2018": CHANGES_SINCE,
    "member_status=bogus": "Invalid status: bogus",
    "limit=abc": NOT_A_NUMBER,
    "sort_key=bogus": BAD_KEY.format("bogus"),
    "sort_dir=up": "Invalid sort direction: up",
    "os_hidden=maybe": NOT_BOOLEAN.format("maybe", "os_hidden"),
    "protected=maybe": NOT_BOOLEAN.format("maybe", "protected"),
    "size_min=abc": NO_RANGE,
    "created_at=nope": BAD_TIME.format("created_at"),
    "name=zz:x": UNKNOWN.format("zz"),
    "marker=nope": NO_IMAGE.format("nope"),
}
VALUE_FILTERS = ["size_min=abc", "created_at=nope", "name=zz:x"]


@DIALECTS
@pytest.mark.parametrize("first", range(len(WRONG)), ids=list(WRONG))
def test_of_several_mistakes_the_one_that_glance_finds_first_is_named(
    cloud: Cloud, dialect: str, first: int
):
    left = [part for part in list(WRONG)[first:] if dialect == "glance" or "hidden" not in part]
    expected = (400, WRONG[left[0]])
    assert expected == cloud.refusal("&".join(left), dialect=dialect)
    others = [part for part in left if part not in VALUE_FILTERS]
    values = [part for part in left if part in VALUE_FILTERS]
    assert expected == cloud.refusal("&".join([*values, *reversed(others)]), dialect=dialect)


@DIALECTS
@pytest.mark.parametrize("start", range(3), ids=VALUE_FILTERS)
def test_filters_are_checked_in_their_order_in_the_query(cloud: Cloud, dialect: str, start: int):
    turned = VALUE_FILTERS[start:] + VALUE_FILTERS[:start]
    assert (400, WRONG[turned[0]]) == cloud.refusal("&".join(turned), dialect=dialect)


@DIALECTS
def test_what_cannot_be_decoded_is_refused_before_anything_else(cloud: Cloud, dialect: str):
    query = "&".join([*WRONG, "a=%FF"])
    assert (400, UNREADABLE) == cloud.refusal(query, dialect=dialect)


@DIALECTS
@pytest.mark.parametrize("code", [0xD800, 0xDC80, 0xDCFF, 0xDFFF], ids=hex)
def test_bytes_that_are_no_text_are_refused_raw_too(cloud: Cloud, dialect: str, code: int):
    assert (400, UNREADABLE) == cloud.refusal(f"name={chr(code)}", dialect=dialect)
