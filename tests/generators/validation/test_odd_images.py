"""Checking anything as an image returns findings or none, and never raises."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.validation import check_image, validate_images
from support.drawn.examples import examples
from support.images.good_glance_images import GOOD_OF_GLANCE
from support.images.good_images import GOOD, good_images

_good = [*GOOD.values(), *GOOD_OF_GLANCE.values()]
_texts = st.text(st.characters(exclude_categories=()), max_size=20)
_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_texts, inner, max_size=3)
    ),
    max_leaves=5,
)
_fields = sorted({name for image in _good for name in image} | {"__system__cmkid"})
_values = st.one_of(
    _json,
    st.sampled_from([value for image in _good for value in image.values()]),
    st.sampled_from(["image,x,", "instance,", "true", "uefi", "64", "9" * 5000, 10**5000, -1]),
)
_objects = st.dictionaries(st.one_of(st.sampled_from(_fields), _texts), _values, max_size=8)
_damaged = st.builds(lambda image, fields: {**image, **fields}, st.sampled_from(_good), _objects)
_images: st.SearchStrategy[Any] = st.one_of(_json, _objects, _damaged)


@examples(200)
@given(_images, _values)
def test_any_json_is_checked(image: Any, members: Any) -> None:
    """Alone, with anything as members; messages are short and printable."""
    for finding in check_image(image, members):
        assert finding.message.isprintable()
        assert finding.image.isprintable()
        assert len(finding.message) < 500
        assert len(finding.image) <= 80


@examples(200)
@given(st.lists(_images, max_size=6))
def test_any_list_of_json_is_checked(images: list[Any]) -> None:
    """Among good images, whose parents, servers and keys they may name."""
    findings = validate_images([*good_images(), *images])

    assert all(finding.message.isprintable() for finding in findings)


@pytest.mark.parametrize("value", [None, "", 0, True, [], {}], ids=str)
def test_any_member_of_a_good_image_may_be_something_else(value: object) -> None:
    """As a user's own property that Glance gives a meaning may be null."""
    images = [{**image, name: value} for image in _good for name in image]

    assert validate_images(images)


@pytest.mark.parametrize("image", [None, 7, "text", [], [{}]], ids=str)
def test_what_is_not_an_object_is_one_finding(image: Any) -> None:
    """No other rule applies to it."""
    assert ["is-object"] == [finding.rule for finding in validate_images([image])]


def test_deep_nesting_does_not_raise() -> None:
    """The finding says that the value cannot be shown."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    (finding,) = check_image(GOOD["coreos"] | {"x": deep}, [])

    assert '"x" is a list that cannot be shown, not text' == finding.message


def test_a_long_value_is_cut() -> None:
    """To about one line."""
    (finding,) = check_image(GOOD["coreos"] | {"__os_feature_list": "x" * 1_000_000}, [])

    assert f'__os_feature_list is "{"x" * 76}...' == finding.message


def test_unprintable_characters_are_escaped() -> None:
    """A terminal would execute them."""
    (finding,) = check_image(GOOD["coreos"] | {"status": "\x9b2J\u2028"}, [])

    assert r'status is "\x9b2J\u2028"' == finding.message
