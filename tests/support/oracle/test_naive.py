"""The naive oracle keeps the rules of IMS, told here by examples small enough to check by eye."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.images.varied import PROJECTS, varied_images
from support.one_image import Image, image
from support.oracle.naive import NaiveAnswer, naive_answer
from support.oracle.queries import queries, random_queries

ME, OTHER, THIRD = "a" * 32, "b" * 32, "c" * 32
QUEENS, MITAKA = "QUEENS", "MITAKA"


def image_of_ims(name: str, **fields: Any) -> Image:
    """Return a registered public image of another project; its id is its name."""
    usual = {"__isregistered": "true", "size": 1, "protected": False}
    return image(name, **{**usual, **fields})


def shared(name: str, owner: str, **members: str) -> dict[str, Any]:
    """Return a shared image; members by the names me and third, with their status."""
    projects = {"me": ME, "third": THIRD}
    rows = [{"member_id": projects[who], "status": status} for who, status in members.items()]
    return image_of_ims(name, visibility="shared", owner=owner, members=rows)


VIEWED = [
    image_of_ims("public"),
    image_of_ims("my-public", owner=ME),
    image_of_ims("my-private", visibility="private", owner=ME),
    image_of_ims("my-community", visibility="community", owner=ME),
    image_of_ims("private", visibility="private"),
    image_of_ims("community", visibility="community"),
    shared("my-shared", ME, third="accepted"),
    shared("accepted", OTHER, me="accepted"),
    shared("pending", OTHER, me="pending"),
    shared("rejected", OTHER, me="rejected", third="accepted"),
    shared("unshared", OTHER, third="accepted"),
]
FEW = list(varied_images(12, seed=3))
MINE = "my-community my-private my-public my-shared"


def ims(images: list[dict[str, Any]], query: str, version: str | None = None) -> NaiveAnswer:
    return naive_answer(images, query, ME, "ims", version)


def listed(images: list[dict[str, Any]], query: str, version: str | None = None) -> str:
    """Return the names that IMS lists, sorted."""
    answer = ims(images, query, version)
    assert (200, None) == (answer.status, answer.message)
    assert answer.ids is not None
    return " ".join(sorted(answer.ids))


@pytest.mark.parametrize(
    ("version", "query", "expected"),
    [
        (MITAKA, "", f"accepted {MINE} public"),
        (MITAKA, "member_status=pending", f"{MINE} pending public"),
        (MITAKA, "member_status=all", f"accepted {MINE} pending public rejected"),
        (MITAKA, "visibility=public", "my-public public"),
        (MITAKA, "visibility=private", "my-private"),
        (MITAKA, "visibility=shared", "accepted"),
        (MITAKA, "visibility=shared&member_status=rejected", "rejected"),
        (MITAKA, "visibility=shared&member_status=all", "accepted pending rejected"),
        (MITAKA, "visibility=", ""),
        (MITAKA, "visibility=shared&visibility=public", ""),
        (QUEENS, "", f"accepted {MINE} public"),
        (QUEENS, "member_status=pending", f"{MINE} pending public"),
        (QUEENS, "visibility=public", "my-public public"),
        (QUEENS, "visibility=private", "my-private"),
        (QUEENS, "visibility=shared", "accepted my-shared"),
        (QUEENS, "visibility=shared&member_status=pending", "my-shared pending"),
        (QUEENS, "visibility=community", "community my-community"),
        (QUEENS, "visibility=", ""),
    ],
)
def test_the_api_version_decides_which_images_a_visibility_lists(
    version: str, query: str, expected: str
) -> None:
    """The two API versions differ in what is shared, and in community images."""
    assert expected == listed(VIEWED, query, version)


@pytest.mark.parametrize("version", [None, "", " ", "M", "m", "LIBERTY", "2.6", "é", "MITAKA"])
def test_the_api_version_is_mitaka_up_to_the_letter_m_and_without_a_letter(
    version: str | None,
) -> None:
    """In Mitaka one's own shared images are not under visibility=shared."""
    assert "accepted" == listed(VIEWED, "visibility=shared", version)


@pytest.mark.parametrize("version", ["N", "newton", " queens ", "Q", "z", "ZED"])
def test_the_api_version_is_queens_after_the_letter_m(version: str) -> None:
    """In Queens one's own shared images are under visibility=shared."""
    assert "accepted my-shared" == listed(VIEWED, "visibility=shared", version)


@pytest.mark.parametrize(
    ("version", "visibility"), [(QUEENS, "all"), (MITAKA, "all"), (MITAKA, "community")]
)
def test_visibility_that_the_api_version_does_not_know_is_a_400(
    version: str, visibility: str
) -> None:
    """Only Glance itself knows visibility=all."""
    message = f"Invalid visibility value: {visibility}"
    expected = NaiveAnswer(400, None, None, None, message)

    assert expected == ims(VIEWED, f"visibility={visibility}", version)


@pytest.mark.parametrize(
    ("version", "marker", "status"),
    [
        (MITAKA, "community", 403),
        (QUEENS, "community", 200),
        (MITAKA, "my-community", 200),
        (MITAKA, "pending", 200),
        (QUEENS, "rejected", 200),
        (MITAKA, "unshared", 403),
        (QUEENS, "private", 403),
    ],
)
def test_marker_must_be_visible_in_the_api_version(version: str, marker: str, status: int) -> None:
    """An image shared with the project is visible whatever the project said to it."""
    answer = ims(VIEWED, f"marker={marker}", version)

    assert status == answer.status
    if status == 403:
        assert f"Forbidding request, image {marker} not visible" == answer.message


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "yes"),
        ("__isregistered=true", "yes"),
        ("__isregistered=false", ""),
        ("__isregistered=", ""),
        ("__isregistered=false&__isregistered=true", "yes"),
    ],
)
def test_only_registered_images_are_listed_whatever_is_asked(query: str, expected: str) -> None:
    """Users can not ask for images that are not registered."""
    images = [
        image_of_ims("yes"),
        image_of_ims("no", __isregistered="false"),
        image_of_ims("True", __isregistered="True"),
        {key: value for key, value in image_of_ims("absent").items() if key != "__isregistered"},
    ]

    assert expected == listed(images, query)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("", "__isregistered=true"),
        ("limit=5", "__isregistered=true&limit=5"),
        ("marker=a&limit=5", "__isregistered=true&limit=5"),
        ("limit=5&__isregistered=true", "limit=5&__isregistered=true"),
        ("__isregistered=false", "__isregistered=false"),
        ("name=镜+像", "__isregistered=true&name=%E9%95%9C+%E5%83%8F"),
        ("tag=b&sort_key=id&tag=a", "__isregistered=true&tag=b&sort_key=id&tag=a"),
    ],
)
def test_first_link_keeps_every_parameter_and_starts_with_the_one_that_ims_adds(
    query: str, first: str
) -> None:
    """All pairs stay in the order of the request, less the marker."""
    assert f"/v2/images?{first}" == ims([image_of_ims("a")], query).first


def test_next_link_is_the_first_with_the_marker_last() -> None:
    """A marker given in front moves to the end; repeated parameters all stay."""
    images = [image_of_ims(name, tags=["x", "y"]) for name in "abcd"]

    answer = ims(images, "marker=d&limit=1&tag=x&tag=y")

    assert ["c"] == answer.ids
    assert "/v2/images?__isregistered=true&limit=1&tag=x&tag=y&marker=c" == answer.next


@pytest.mark.parametrize(
    ("query", "ids", "ims_goes_on", "glance_goes_on"),
    [
        ("limit=1", "c", True, True),
        ("limit=2", "cb", True, True),
        ("limit=3", "cba", False, True),
        ("limit=4", "cba", False, False),
        ("limit=2&marker=c", "ba", False, True),
        ("limit=2&marker=a", "", False, False),
        ("limit=0", "", False, False),
    ],
)
def test_next_link_needs_another_image_in_ims_and_a_full_page_in_glance(
    query: str, ids: str, ims_goes_on: bool, glance_goes_on: bool
) -> None:
    """Glance does not look whether more follows."""
    images = [image_of_ims(name) for name in "abc"]

    there, upstream = ims(images, query), naive_answer(images, query, ME)

    assert list(ids) == there.ids == upstream.ids
    assert (ims_goes_on, glance_goes_on) == (there.next is not None, upstream.next is not None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tag=k=v", "both new old"),
        ("tag=k%3Dv", "both new old"),
        ("tag=%20k=v%20", "both new old"),
        ("tag=k.v", "both old"),
        ("tag=k=v=w", "dotted"),
        ("tag=k=v&tag=k.v", "both old"),
        ("tag=k", ""),
        ("tag=", ""),
    ],
)
def test_tag_with_an_equals_sign_finds_the_old_form_with_a_dot(query: str, expected: str) -> None:
    """The first equals sign may stand for a dot, never the other way round."""
    images = [
        image_of_ims("new", tags=["k=v"]),
        image_of_ims("old", tags=["k.v"]),
        image_of_ims("both", tags=["k=v", "k.v"]),
        image_of_ims("dotted", tags=["k.v=w"]),
        image_of_ims("twice", tags=["k.v.w"]),
    ]

    assert expected == listed(images, query)


@pytest.mark.parametrize("version", [QUEENS, MITAKA])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "hidden none shown text"),
        ("os_hidden=true", "hidden"),
        ("os_hidden=false", "shown"),
        ("os_hidden=TRUE", ""),
        ("os_hidden=maybe", "text"),
        ("os_hash_algo=sha512", "hidden"),
        ("os_hash_value=", ""),
    ],
)
def test_os_hidden_is_a_property_like_any_other(version: str, query: str, expected: str) -> None:
    """IMS is older than the column: hidden images are listed and bad values are no error."""
    images = [
        image_of_ims("hidden", os_hidden=True, os_hash_algo="sha512"),
        image_of_ims("shown", os_hidden=False),
        image_of_ims("text", os_hidden="maybe"),
        image_of_ims("none", os_hidden=None),
    ]

    assert expected == listed(images, query, version)


@pytest.mark.parametrize("dialect", ["glance", "ims"])
@pytest.mark.parametrize(("direction", "expected"), [("asc", "badc"), ("desc", "cdab")])
def test_nulls_are_lowest_and_a_walk_sees_every_image_once(
    dialect: str, direction: str, expected: str
) -> None:
    """Unlike in a real Glance, pages of one image make up the whole list."""
    sizes = {"a": None, "b": None, "c": 2, "d": 0}
    times = {"a": "2018-09-06T14:03:28Z"}
    images = [
        image_of_ims(name, size=size, created_at=times.get(name, "2018-09-06T14:03:27Z"))
        for name, size in sizes.items()
    ]
    walked = ""
    query: str | None = f"sort_key=size&sort_dir={direction}&limit=1"

    while query is not None:
        page = naive_answer(images, query, ME, dialect)
        assert page.ids is not None
        walked += "".join(page.ids)
        query = page.next and page.next.partition("?")[2]

    assert expected == walked


@pytest.mark.parametrize("dialect", ["glance", "ims"])
@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("limit=-1", 400, "limit param must be positive"),
        ("limit=1&sort_key=name;sort_dir=up", 400, "Invalid sort direction: up"),
        ("name=key:value", 400, "Unable to filter by unknown operator 'key'."),
        ("marker=nope", 400, "No image found with ID nope"),
        ("member_status=", 400, "Invalid status: "),
        ("name=\udcff", 400, "Error decoding your request. Either the URL or the request body"),
        ("foo_min=3", 500, "The server has either erred or is incapable"),
        ("properties=", 500, "The server has either erred or is incapable"),
        ("size_min=99999999999999999999&marker=nope", 400, "No image found with ID nope"),
    ],
)
def test_errors_are_those_of_glance_in_both_dialects(
    dialect: str, query: str, status: int, message: str
) -> None:
    """IMS is taken to pass on what the Glance behind it says."""
    answer = naive_answer([image_of_ims("a")], query, ME, dialect)

    assert (status, None, None, None) == (answer.status, answer.ids, answer.first, answer.next)
    assert answer.message is not None
    assert answer.message.startswith(message)


@given(
    query=queries(FEW),
    project=st.sampled_from(PROJECTS),
    dialect=st.sampled_from(("glance", "ims")),
)
def test_every_query_has_an_answer(query: str, project: str, dialect: str) -> None:
    """A page with its first link, or an error with its text."""
    answer = naive_answer(FEW, query, project, dialect)

    if answer.status == 200:
        assert answer.first is not None
        assert answer.ids is not None
        assert {*answer.ids} <= {image["id"] for image in FEW}
    else:
        assert answer.status in (400, 403, 500)
        assert answer.message


def test_random_queries_are_the_same_for_the_same_seed_and_no_others() -> None:
    """So a query that fails in one run fails in the next."""
    once, again, other = (list(random_queries(FEW, 50, seed)) for seed in (1, 1, 2))

    assert once == again
    assert once != other
