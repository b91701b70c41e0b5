"""What databases differ in is derived where they agree, or where a recorded list shows the order.

Which database a cloud has is not shown. What each answers was observed of a real Glance: see
`collations.py`. Recordings of a cloud with MySQL are made by hand here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.asking import derive
from support.clouds.recorded_lists import (
    MINE,
    derived_from,
    history_of,
    keep_page,
    listed_image,
    shown,
    shown_by,
    walk,
)
from support.one_image import id_of


def walked(folder: Path, *images: dict[str, Any], query: str = "limit=9") -> Deriver:
    history = history_of(*images)
    walk(history, query)
    return derived_from(history, folder)


LIKE_EACH_OTHER = [
    ("name", "zebra", "Zebra"),
    ("name", "zebra", "zebra "),
    ("name", "café", "CAFE"),
    ("name", "groß", "gros"),
    ("owner", "aa", "AA"),
    ("status", "Active", "active"),
    ("disk_format", "RAW", "raw"),
    ("__os_type", "linux", "Linux"),
    ("checksum", "AB", "ab"),
]


@pytest.mark.parametrize(("name", "asked", "stored"), LIKE_EACH_OTHER)
def test_a_text_that_is_like_another_may_be_the_same(
    name: str, asked: str, stored: str, tmp_path: Path
) -> None:
    """MySQL finds the other one; what leaves it out settles that, and so does a list of it."""
    deriver = walked(
        tmp_path, listed_image(1, **{name: stored}), listed_image(2, **{name: "queued"})
    )
    why = f"It is not certain which images match: databases differ in which texts of {name} are the"

    assert why in shown(deriver, f"{name}={asked}")
    assert [] == shown(deriver, f"{name}={asked}&id={id_of(2)}")
    assert [1] == shown(deriver, f"{name}={stored}&id={id_of(1)}")


def test_a_tag_that_is_like_another_may_be_the_same(tmp_path: Path) -> None:
    """In each case, and for ids with a blank at their end."""
    deriver = walked(tmp_path, listed_image(1, tags=["X86"]), listed_image(2, tags=["x86"]))

    assert "which texts of tags are the same" in shown(deriver, "tag=x86")
    assert "which texts of tags are the same" in shown(deriver, "tag=X86")
    assert [] == shown(deriver, "tag=x87")
    assert "which texts of id are the same" in shown(deriver, f"id={id_of(1).upper()}%20")


def test_the_name_of_a_property_may_be_in_another_case(tmp_path: Path) -> None:
    """MySQL compares names of properties as it compares values."""
    deriver = walked(tmp_path, listed_image(1, __os_type="Linux"))

    assert "another case of __OS_TYPE is the same" in shown(deriver, "__OS_TYPE=Linux")
    assert [] == shown(deriver, "__OS_TYPES=Linux")


def test_what_such_a_database_lists_proves_its_own_list(tmp_path: Path) -> None:
    """A walk of `name=a` shows A too, so the cloud's database ignores case."""
    history = history_of()
    keep_page(history, "limit=9", [shown_by(2, name="a"), shown_by(1, name="A")])
    keep_page(history, "name=a&limit=9", [shown_by(2, name="a"), shown_by(1, name="A")])
    deriver = derived_from(history, tmp_path)

    assert [1, 2] == shown(deriver, "name=a&sort_key=id&sort_dir=asc")
    assert "which texts of name are the same" in shown(deriver, "name=A")


def names(*texts: str | None) -> list[dict[str, Any]]:
    return [listed_image(number, name=text) for number, text in enumerate(texts, 1)]


@pytest.mark.parametrize(
    ("texts", "query", "found"),
    [
        (("CentOS 7", "CentOS 8", "Ubuntu", "镜像"), "", [1, 2, 3, 4]),
        (("Apple", "Zebra", "banana"), "", None),
        (("Apple", "Zebra", "banana"), "&limit=1", [1]),
        (("Apple", "Zebra", "banana"), "&limit=2", None),
        (("apple", "Apple"), "", None),
        (("a-b", "ab", "a c", "d"), "", None),
        (("a-b", "ab", "a c", "d"), f"&marker={id_of(4)}", []),
        (("a", "é", "z"), "&limit=1", [1]),
        (("a", "é", "z"), "&limit=2", None),
        (("a", "b ", "b"), f"&marker={id_of(2)}", None),
        (("b", "Z", "a"), f"&id=in:{id_of(1)},{id_of(3)}", [3, 1]),
        (("b", "Z", "a"), f"&id=in:{id_of(1)},{id_of(3)}&marker={id_of(2)}", None),
    ],
)
def test_where_databases_put_a_text_among_others_has_to_be_certain(
    texts: Sequence[str], query: str, found: list[int] | None, tmp_path: Path
) -> None:
    """On the page itself: what comes elsewhere does not matter."""
    answer = shown(walked(tmp_path, *names(*texts)), f"sort_key=name&sort_dir=asc{query}")

    if found is None:
        assert "databases differ in where some texts belong in the order of name" in answer
    else:
        assert found == answer


@pytest.mark.parametrize("key", ["size", "name", "disk_format"])
def test_nulls_come_first_or_last(key: str, tmp_path: Path) -> None:
    """PostgreSQL puts them last. After an image that has the key, an ascending page has none."""
    deriver = walked(tmp_path, listed_image(1), listed_image(2), listed_image(3, **{key: None}))
    why = f"some images have no {key}, and databases put these first or last"

    for query in (f"sort_key={key}", f"sort_key={key}&sort_dir=asc&limit=1", f"sort=status,{key}"):
        assert why in shown(deriver, query)
    assert why in shown(deriver, f"sort_key={key}&marker={id_of(2)}")
    assert isinstance(shown(deriver, f"sort_key={key}&sort_dir=asc&marker={id_of(1)}"), list)
    assert isinstance(shown(deriver, f"sort_key={key}&id=in:{id_of(1)},{id_of(2)}"), list)


def test_a_recorded_order_is_proved_whatever_the_database_is(tmp_path: Path) -> None:
    """That of a MySQL: it ignores case. Another one cannot be, and nothing is derived from it."""
    history = history_of()
    images = [shown_by(2, name="a"), shown_by(1, name="B"), shown_by(3, name="c")]
    keep_page(history, "sort_key=name&sort_dir=asc&limit=9", images)
    deriver = derived_from(history, tmp_path)

    assert [2, 1, 3] == shown(deriver, "sort_key=name&sort_dir=asc")
    assert [3, 1] == shown(deriver, "sort_key=name&limit=2")
    assert [3, 2, 1] == shown(deriver, "sort_key=id")

    wrong = history_of()
    keep_page(wrong, "sort_key=name&sort_dir=asc&limit=9", [images[2], images[0]])
    (tmp_path / "wrong").mkdir()
    reason = shown(derived_from(wrong, tmp_path / "wrong"), "sort_key=id&limit=9")

    assert "is not where the dialect's order puts it" in reason


REFUSED = ["name=a%00", "x%00=1", "tag=%00", "deleted_at=2020", "visibility=", "size=", "size=4e1"]


@pytest.mark.parametrize("query", REFUSED)
def test_what_some_databases_refuse_is_a_miss(query: str, tmp_path: Path) -> None:
    """PostgreSQL fails at it (500), and what Glance itself refuses comes first (400)."""
    deriver = walked(tmp_path, listed_image(1))
    outcome = derive(deriver, MINE.request(f"{query}&limit=x"))

    assert isinstance(shown(deriver, query), str)
    assert not isinstance(outcome, Miss)
    assert outcome is not None
    assert 400 == outcome.response.status


ID = id_of(0xABCDEF)


@pytest.mark.parametrize("name", ["a%00", ID.upper(), f"{ID}%20", f"%00{ID}"])
def test_a_name_that_a_database_may_take_for_an_id_is_a_miss(name: str, tmp_path: Path) -> None:
    """As the last part of a path, and as a marker."""
    deriver = walked(tmp_path, listed_image(0xABCDEF))

    assert isinstance(derive(deriver, MINE.request("", f"/v2/images/{name}")), Miss)
    if "%20" not in name:  # too long for a marker
        assert isinstance(shown(deriver, f"limit=1&marker={name}"), str)


@pytest.mark.parametrize(
    ("names", "walked", "asked", "is_answered"),
    [
        ("ab", "sort_key=name&sort_dir=asc&limit=1", "limit=9", False),
        ("ab", "sort_key=name&sort_dir=asc&limit=1", "name=a&limit=9", True),
        ("ab", "sort_key=name&sort_dir=asc&limit=9", "limit=9", True),
        ("ab", "sort_key=name&limit=1", "limit=9", True),
        ("ab", "sort=status,name:asc&limit=1", "limit=9", False),
    ],
)
def test_later_pages_may_lack_images_without_the_sort_key(
    names: str, walked: str, asked: str, is_answered: bool, tmp_path: Path
) -> None:
    """PostgreSQL puts null last, and Glance asks it for what is above the marker."""
    images = [listed_image(number, name=name) for number, name in enumerate(names, 1)]
    history = history_of(*images)
    walk(history, walked)

    outcome = derive(derived_from(history, tmp_path), MINE.request(asked))

    assert is_answered == isinstance(outcome, Answer)
