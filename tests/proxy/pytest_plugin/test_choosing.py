"""What markers and the configuration choose for a test."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape.options import BY_NAME
from glancetape.pytest_plugin.choosing import (
    PARAMETERS,
    SETTINGS,
    BadMarker,
    Choice,
    cassette_name,
    choose,
    for_markers,
    read_default,
)
from support.drawn.any_values import ANYTHING

NO_DEFAULT = Choice()
A = (("a.yaml",), {})
REGION: Any = (("region",), {"count": 5, "seed": 2})
FEW: Any = ((), {"images": [{"name": "x"}]})

CHOSEN: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "nothing": ([], {}),
    "a cassette": ([A], {"names": ("a.yaml",)}),
    "the inner of two": ([REGION, A], {"names": ("a.yaml",)}),
    "a spec and its numbers": ([A, REGION], {"names": ("region",), "count": 5, "seed": 2}),
    "images": ([A, FEW], {"images": ({"name": "x"},)}),
    "an option alone": (
        [A, ((), {"allow_misses": True})],
        {"names": ("a.yaml",), "allow_misses": True},
    ),
    "options of both": (
        [((), {"dialect": "ims", "env": True}), (("a.yaml",), {"dialect": "glance"})],
        {"names": ("a.yaml",), "env": True, "settings": {"dialect": "glance"}},
    ),
    "hosts that can be read once": (
        [((), {"allowed_hosts": iter(["a", "b"])})],
        {"allowed_hosts": ("a", "b")},
    ),
    "one host": ([((), {"allowed_hosts": "a"})], {"allowed_hosts": ("a",)}),
}


@pytest.mark.parametrize(("markers", "chosen"), CHOSEN.values(), ids=CHOSEN.keys())
def test_the_inner_marker_goes_first(markers: list[Any], chosen: dict[str, Any]) -> None:
    assert Choice(**chosen) == choose(markers, NO_DEFAULT)


REFUSED: dict[str, tuple[Any, str]] = {
    "an unknown parameter": (((), {"x": 1}), r"x: no such parameter\. There are count"),
    "a misspelt parameter": (((), {"image": []}), r"no such parameter\. Did you mean images\?"),
    "images without their name": ((([{}],), {}), r"for images write images=\["),
    "one image without a list": (
        ((), {"images": {"name": "x"}}),
        r"is not a list; write images=\[",
    ),
    "a number as a file": (((1,), {}), "1 is not the name"),
    "a seed alone": (((), {"seed": 1}), "seed goes with a spec"),
    "a count without a spec": (((), {"count": 1}), "count needs one spec"),
    "a count of two": ((("a", "b"), {"count": 1}), "count needs one spec"),
    "a count that is text": ((("a",), {"count": "1"}), "count: '1' is not a whole number"),
    "a count that is true": ((("a",), {"count": True}), "count: True is not a whole number"),
    "a negative count": ((("a",), {"count": -1}), "count: -1 is below 1"),
    "a spec among cassettes": ((("region", "a.yaml"), {}), "region has no ending"),
    "images and a file": ((("a.yaml",), {"images": []}), "images go alone"),
    "images of text": (((), {"images": ["a"]}), "'a' is not a dictionary"),
}


@pytest.mark.parametrize(("marker", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_a_marker_that_cannot_be_meant_is_refused(marker: Any, why: str) -> None:
    with pytest.raises(BadMarker, match=why):
        choose([marker], NO_DEFAULT)


def _are_hosts(value: Any) -> bool:
    return isinstance(value, list | tuple | set | dict) and all(
        isinstance(one, str) and one for one in value
    )


FITTING: dict[str, Any] = {  # parameter -> whether a value can be meant
    "allow_misses": lambda value: value is True or value is False,
    "allowed_hosts": lambda value: _are_hosts([value]) or _are_hosts(value),
    "env": lambda value: value is True or value is False,
    "cloud_name": lambda value: _are_hosts([value]),
    "upstream": lambda value: _are_hosts([value]),
    "count": lambda value: value is None or (type(value) is int and value > 0),
    "seed": lambda value: type(value) is int,
}


@pytest.mark.parametrize("name", FITTING)
def test_a_value_of_a_wrong_type_is_refused_with_its_name(name: str) -> None:
    """The text "no" would allow misses."""
    assert FITTING.keys() == set(PARAMETERS) - {*SETTINGS, "images"}
    source: dict[str, Any] = {"count": 3} if name in ("count", "seed") else {}
    for value in ANYTHING:
        marker = ("region",) if source else (), source | {name: value}
        if FITTING[name](value):
            choose([marker], NO_DEFAULT)
        else:
            with pytest.raises(BadMarker, match=rf"{name}: .* is (not|below) "):
                choose([marker], NO_DEFAULT)


def test_each_option_of_a_marker_is_one_of_a_session() -> None:
    """Those that a test has no use for are not."""
    assert set(SETTINGS) == set(BY_NAME) - {
        *("record", "replay", "mode", "fail_open"),
        "upstream",  # its word in a marker is one URL, or several
    }
    assert set(SETTINGS) < set(PARAMETERS)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_message_names_what_a_marker_has(name: str) -> None:
    """Where it would name an option of the command line, which pytest does not have."""
    option = "--" + name.replace("_", "-")
    others = f"{option}-other, {option}s, and https://x/?name={option}"

    assert f"Set the marker's {name}." == for_markers(f"Set {option}.")
    assert f"Known (see the marker's {name})." == for_markers(f"Known (see replay {option}).")
    assert others == for_markers(others)


DEFAULTS: dict[str, tuple[list[str], Choice]] = {
    "none": ([], Choice()),
    "files": (["a.yaml", "b.images"], Choice(names=("a.yaml", "b.images"))),
    "a spec": (
        ["region", "count=1_000", "seed=-7"],
        Choice(names=("region",), count=1000, seed=-7),
    ),
}


@pytest.mark.parametrize(("words", "choice"), DEFAULTS.values(), ids=DEFAULTS.keys())
def test_a_default_is_read_from_words(words: list[str], choice: Choice) -> None:
    assert choice == read_default(words)
    assert choice == choose([], choice)


@pytest.mark.parametrize("words", [["count=1"], ["region", "count=x"], ["region", "page=1"]])
def test_a_bad_default_is_refused(words: list[str]) -> None:
    with pytest.raises(BadMarker, match="glancetape_default"):
        read_default(words)


@given(name=st.text(min_size=1, max_size=400))
def test_a_cassette_named_like_its_test_is_a_file_of_bounded_length(name: str) -> None:
    folder, _, file = cassette_name("test_it", name).partition("/")

    assert "test_it" == folder
    assert file.endswith(".yaml")
    assert len(file.encode("utf-8", "surrogatepass")) <= 110
    assert not set('/\\\0<>:"|?*\n') & set(file)


@given(names=st.sets(st.text(st.characters(codec="utf-8"), min_size=1, max_size=150), min_size=2))
def test_two_tests_have_two_cassettes(names: set[str]) -> None:
    assert len(names) == len({cassette_name("test_it", name) for name in names})


def test_a_plain_name_stays() -> None:
    assert "test_it/TestList.test_one[a-1].yaml" == cassette_name(
        "test_it", "TestList.test_one[a-1]"
    )
