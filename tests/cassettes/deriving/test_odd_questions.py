"""Questions whose answer depends on what no list shows: the cloud's code and its database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.replaying.answers import Miss
from support.clouds.asking import derive
from support.clouds.clouds import Caller
from support.clouds.recorded_lists import (
    MINE,
    derived_from,
    history_of,
    history_of_four,
    listed_image,
    shown,
    walk,
)
from support.clouds.small_images import ME, OTHER

UNSURE = "It is not certain which images match: {}."


TOO_MANY = "It has so many filters, values or sort keys that the cloud's database may refuse it."


@pytest.fixture(scope="module")
def derivers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Deriver]]:
    """What is derived from a walk over four images, by the dialect of the cloud."""
    folder = tmp_path_factory.mktemp("four")
    made = {}
    for dialect in ("glance", "ims"):
        (folder / dialect).mkdir()
        made[dialect] = derived_from(history_of_four(dialect), folder / dialect)
    yield made
    for one in made.values():
        one.close()


@given(
    method=st.sampled_from(("DELETE", "post", "GET", "", "x")),
    before=st.sampled_from(("", "limit=0&", "limit=abc&", "_method=x&", "name=a&")),
    after=st.sampled_from(("", "&limit=2", "&min_disk=abc", "&sort_key=name")),
    dialect=st.sampled_from(("glance", "ims")),
)
@settings(deadline=None)
def test_a_list_that_names_a_method_may_be_no_list(
    derivers: dict[str, Deriver], method: str, before: str, after: str, dialect: str
) -> None:
    """Glance answers 405 to `_method=DELETE`."""
    reason = shown(derivers[dialect], f"{before}_method={method}{after}")

    assert (
        "The parameter _method may name the method of the request, so this may be no list."
        == reason
    )


@given(first=st.text("a:,", min_size=1, max_size=3), last=st.sampled_from(("public", "shared")))
@settings(deadline=None)
def test_a_visibility_that_no_image_has_is_asked_for_itself(
    derivers: dict[str, Deriver], first: str, last: str
) -> None:
    """Glance refuses it, unless another value follows."""
    request = MINE.request(f"visibility={first}&visibility={last}")

    outcome = derive(derivers["glance"], request)

    assert isinstance(outcome, Miss)
    assert f"No image has visibility={first}, so no walk covers it." == outcome.reason
    assert (f"GET {request.uri}",) == outcome.answerable_with


@given(
    tags=st.integers(0, 80),
    properties=st.integers(0, 80),
    letters=st.integers(0, 80),
    rest=st.sampled_from(("", "&limit=0", "&sort_key=name")),
)
@settings(deadline=None)
def test_a_database_may_refuse_many_filters(
    derivers: dict[str, Deriver], tags: int, properties: int, letters: int, rest: str
) -> None:
    """Each tag joins a table, the same tag too, and so does each property."""
    parts = ["tag=x"] * tags + [f"p{number}=x" for number in range(properties)]
    parts += [f"tags={'x' * letters}"] * (letters > 0 and not tags)
    query = "&".join(parts) + rest
    joins = tags + properties + (letters if not tags else 0)
    found = shown(derivers["glance"], query)

    if joins > 50:
        assert TOO_MANY == found
    elif joins < 50:
        assert TOO_MANY != found


@pytest.mark.parametrize("beyond", [-1, 0, 1, 1000])
@pytest.mark.parametrize(
    ("first", "more", "most"),
    [("name=in:a", ",b", 500), ("sort=name:asc", ",size:desc", 50), ("id=in:x", ",", 500)],
)
def test_a_database_may_refuse_many_values(
    derivers: dict[str, Deriver], first: str, more: str, most: int, beyond: int
) -> None:
    """SQLite sorts by 2,000 keys at most."""
    found = shown(derivers["glance"], first + more * (most - 1 + beyond) + "&limit=9")

    assert (beyond > 0) == (TOO_MANY == found)


@pytest.mark.parametrize("status", ["deleted", "pending_delete", "killed", "in:active,deleted"])
def test_what_ims_lists_of_images_that_are_gone_is_not_known(status: str, tmp_path: Path) -> None:
    """Glance lists none of them. An empty list may be missing some too."""
    why = UNSURE.format("whether IMS lists images that are gone is not documented")

    for history in (history_of_four("ims"), history_of(dialect="ims")):
        walk(history, "limit=3")
        assert why == shown(derived_from(history, tmp_path), f"status={status}&limit=9")
    expected = [] if "active" not in status else [1, 2, 4]
    found = shown(derived_from(history_of_four(), tmp_path), f"status={status}&sort_dir=asc")
    assert expected == found


def test_which_shared_images_ims_lists_is_not_known(tmp_path: Path) -> None:
    """Glance 12 leaves out one's own. A walk of `visibility=shared` shows what the cloud does."""
    why = UNSURE.format("which shared images IMS lists by visibility=shared is not documented")
    history = history_of(
        listed_image(1, visibility="shared", owner=ME),
        listed_image(2),
        dialect="ims",
        callers=(MINE,),
    )
    walk(history)
    assert why == shown(derived_from(history, tmp_path), "visibility=shared&limit=9")

    walk(history, "visibility=shared&limit=2")
    assert [] == shown(derived_from(history, tmp_path), "visibility=shared&limit=9")


def test_what_ims_lists_by_two_visibilities_is_not_known(tmp_path: Path) -> None:
    """Glance takes the second one for a filter."""
    history = history_of(listed_image(1), listed_image(2), dialect="ims", callers=(MINE,))
    walk(history)
    asked = "visibility=public&visibility=shared&limit=9"

    why = UNSURE.format("what IMS lists by two values of visibility is not documented")
    assert why == shown(derived_from(history, tmp_path), asked)


@pytest.mark.parametrize("version", ["M", "Q"])
def test_a_walk_of_shared_images_proves_other_lists_of_them(version: str, tmp_path: Path) -> None:
    """The walk without `visibility` does not, in either API version."""
    caller = Caller(ME, version)
    shared = {"visibility": "shared", "members": [{"member_id": ME, "status": "accepted"}]}
    images = [listed_image(number, owner=OTHER, **shared) for number in (1, 2)]
    history = history_of(*images, listed_image(3), dialect="ims", callers=(caller,))
    walk(history, caller=caller)
    asked = "visibility=shared&sort_key=name&sort_dir=asc&limit=9"
    assert isinstance(shown(derived_from(history, tmp_path), asked, caller), str)

    walk(history, "visibility=shared", caller)

    assert [1, 2] == shown(derived_from(history, tmp_path), asked, caller)


@pytest.mark.parametrize("dialect", ["glance", "ims"])
@pytest.mark.parametrize(
    "part", ["name=a%2", "%2=a", "limit=5%9", "marker=%f", "name=%-0", "tag=%+5"]
)
def test_an_escape_that_lacks_a_digit_is_a_miss(
    derivers: dict[str, Deriver], part: str, dialect: str
) -> None:
    """Glance 33 reads `%2` as the character 2, and one of Python 2 as two characters."""
    reason = shown(derivers[dialect], f"sort_key=name&{part}&limit=2")

    assert isinstance(reason, str)
    assert reason.startswith("It has a % with one hexadecimal digit after it")
