"""What the API document says outside its table: recipes, times, pages, tags and X-Api-Version."""

import string

import pytest

from glancetape_cassettes.cloud.dialects import IMS_MITAKA, IMS_QUEENS, Dialect
from support.one_image import ME, ims_image
from support.sets.imagesets import THIRD, Cloud, MakeCloud, parameters, shared

MITAKA, QUEENS = "M", "N"


@pytest.fixture(scope="module")
def sharing(make_cloud: MakeCloud) -> Cloud:
    gold = {"__imagetype": "gold", "protected": True}
    images = [
        ims_image("gold", **gold),
        ims_image("unprotected", __imagetype="gold"),
        ims_image("market", __imagetype="market", protected=True),
        ims_image("my-private", visibility="private", owner=ME, __imagetype="private"),
        ims_image("my-public", owner=ME, __imagetype="private"),
        ims_image("my-community", visibility="community", owner=ME),
        shared("my-shared", ME, third="accepted"),
        shared("accepted", me="accepted"),
        shared("pending", me="pending", third="accepted"),
        shared("rejected", me="rejected"),
        shared("unshared", third="accepted"),
        ims_image("private", visibility="private", __imagetype="private"),
        ims_image("community", visibility="community"),
    ]
    return make_cloud(images)


@pytest.mark.parametrize(
    ("recipe", "found"),
    [
        pytest.param(
            "__imagetype=gold&visibility=public&protected=true", "gold", id="public images"
        ),
        pytest.param(
            f"owner={ME}", "my-private my-public my-community my-shared", id="private images"
        ),
        *(
            pytest.param(
                f"member_status={status}&visibility=shared&__imagetype=shared",
                status,
                id=f"{status} images",
            )
            for status in ("accepted", "rejected", "pending")
        ),
    ],
)
def test_the_common_query_methods_find_what_they_are_for(sharing: Cloud, recipe: str, found: str):
    """ "Common Query Methods"; that of private images was lost, other copies have it."""
    assert found == sharing.names(recipe)


def test_a_recipe_shows_each_project_its_own_images(sharing: Cloud):
    recipe = "member_status=accepted&visibility=shared&__imagetype=shared"
    assert "my-shared pending unshared" == sharing.names(recipe, project=THIRD)


@pytest.mark.parametrize("letter", string.ascii_letters)
def test_a_letter_after_m_asks_for_queens_others_for_mitaka(sharing: Cloud, letter: str):
    """X-Api-Version: "any letter after M in the Alphabet"."""
    expected = 200 if letter.upper() > "M" else 400
    assert expected == sharing.ask("visibility=community", version=letter).status


@pytest.mark.parametrize("version", [None, "", " ", "1", "2.3", "é", "[", "@"])
def test_without_a_letter_the_version_is_mitaka(sharing: Cloud, version: str | None):
    """X-Api-Version: "If you need the API of the OpenStack Queens release"."""
    assert 400 == sharing.ask("visibility=community", version=version).status


@pytest.mark.parametrize(
    ("query", "mitaka", "queens"),
    [
        ("visibility=shared", "accepted", "my-shared accepted"),
        ("visibility=shared&member_status=pending", "pending", "my-shared pending"),
        ("visibility=shared&member_status=rejected", "rejected", "my-shared rejected"),
        ("visibility=private", "my-private", "my-private"),
        ("marker=my-shared&visibility=shared", "accepted", "accepted"),
    ],
)
def test_own_shared_images_are_shared_images_from_queens_on(
    sharing: Cloud, query: str, mitaka: str, queens: str
):
    """`visibility`: "shared: shared image"; Glance's rule of each release."""
    assert mitaka == sharing.names(query, version=MITAKA)
    assert queens == sharing.names(query, version=QUEENS)


def test_community_images_are_known_from_queens_on(sharing: Cloud):
    refused = (400, "Invalid visibility value: community")
    assert refused == sharing.refusal("visibility=community", version=MITAKA)
    assert "my-community community" == sharing.names("visibility=community", version=QUEENS)
    hidden = (403, "Forbidding request, image community not visible")
    assert hidden == sharing.refusal("marker=community", version=MITAKA)
    assert "" == sharing.names("marker=community", version=QUEENS)


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (IMS_MITAKA, "gold my-private my-community my-shared accepted pending rejected"),
        (IMS_QUEENS, "gold my-private my-community my-shared accepted pending rejected community"),
    ],
    ids=["Mitaka", "Queens"],
)
def test_an_image_is_shown_by_its_id_to_who_may_see_it(sharing: Cloud, rules: Dialect, found: str):
    """An invited project sees it, whatever it answered; a community image everybody, if known."""
    ids = {str(image["name"]): str(image["id"]) for image in sharing.lister.images}
    asked = "gold my-private my-community my-shared accepted pending rejected unshared private"

    shown = [
        name
        for name in (*asked.split(), "community")
        if sharing.lister.find_visible(ids[name], ME, rules) is not None
    ]

    assert found.split() == shown


@pytest.mark.parametrize("version", [MITAKA, QUEENS])
def test_all_images_at_once_cannot_be_asked_for(sharing: Cloud, version: str):
    """`visibility`: "public", "private", "shared"; Glance knows `all` only after Queens."""
    expected = (400, "Invalid visibility value: all")
    assert expected == sharing.refusal("visibility=all", version=version)


@pytest.fixture(scope="module")
def dated(make_cloud: MakeCloud) -> Cloud:
    times = {f"at-{i}": f"2018-10-28T{time}Z" for i, time in enumerate("09:59:59 10:00:00".split())}
    times["at-2"] = "2018-10-28T10:00:01Z"
    images = [
        ims_image(name, created_at=time, updated_at="2018-11-01T00:00:00Z")
        for name, time in times.items()
    ] + [
        ims_image(f"up{name}", created_at="2018-01-01T00:00:00Z", updated_at=time)
        for name, time in times.items()
    ]
    return make_cloud(images)


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
@pytest.mark.parametrize(
    "time",
    ["2018-10-28T10:00:00Z", "2018-10-28+10:00:00", "2018-10-28%2010:00:00"],
    ids=["yyyy-MM-ddThh:mm:ssZ", "yyyy-MM-dd+hh:mm:ss", "yyyy-MM-dd%20hh:mm:ss"],
)
@pytest.mark.parametrize(
    ("operator", "seconds"),
    [("lt", "0"), ("lte", "01"), ("eq", "1"), ("neq", "02"), ("gte", "12"), ("gt", "2")],
)
def test_times_are_compared_in_both_formats(
    dated: Cloud, field: str, time: str, operator: str, seconds: str
):
    """ "The time format is yyyy-MM-ddThh:mm:ssZ or yyyy-MM-dd hh:mm:ss"."""
    prefix = "at-" if field == "created_at" else "upat-"
    names = dated.names(f"{field}={operator}:{time}&sort_key=name&sort_dir=asc").split()
    assert [prefix + second for second in seconds] == [n for n in names if n.startswith(prefix)]


def test_the_example_of_a_time_filter_works(dated: Cloud):
    """ "set the value of created_at to lt:2018-10-28T10:00:00Z"."""
    found = dated.names("created_at=lt:2018-10-28T10:00:00Z").split()
    assert {"at-0", "upat-0", "upat-1", "upat-2"} == set(found)


@pytest.fixture(scope="module")
def many(make_cloud: MakeCloud) -> Cloud:
    images = [ims_image(f"{number:03}", tags=["of-six"] * (number < 6)) for number in range(50)]
    return make_cloud(images)


def test_a_page_holds_25_images_by_default(many: Cloud):
    """`limit`: "By default, 25 images can be queried"."""
    assert [f"{number:03}" for number in range(25)] == many.names().split()


def test_the_newest_image_comes_first_by_default(many: Cloud):
    """`sort_key`, `sort_dir`: "The default value is created_at", "The default value is desc"."""
    times = [one["created_at"] for one in many.page("limit=50")["images"]]
    assert sorted(times, reverse=True) == times
    assert many.names() == many.names("sort_key=created_at&sort_dir=desc")


def test_first_is_the_first_page_and_next_the_one_after(many: Cloud):
    """`first`, `next`: "the URL of the first page", "of the next page of images"."""
    page = many.page("limit=20&marker=009&__isregistered=true")
    asked = [("limit", "20"), ("__isregistered", "true")]
    assert asked == parameters(page["first"])
    assert [*asked, ("marker", "029")] == parameters(page["next"])


def test_the_schema_is_that_of_lists_of_images(many: Cloud):
    """`schema`: "the URL for the schema describing a list of images"."""
    assert "/v2/schemas/images" == many.page()["schema"]


@pytest.mark.parametrize("query", ["tag=of-six", ""], ids=["six", "fifty"])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 7, 25, 49, 50, 51])
def test_the_last_page_has_no_next(many: Cloud, query: str, limit: int):
    """`next`: "When the last page of images is queried, there is no parameter next"."""
    total = 6 if query else 50
    for start in range(0, total, limit):
        marker = f"&marker={start - 1:03}" if start else ""
        page = many.page(f"{query}&limit={limit}{marker}")
        assert [f"{number:03}" for number in range(start, min(start + limit, total))] == [
            one["id"] for one in page["images"]
        ]
        assert (start + limit < total) == ("next" in page)
