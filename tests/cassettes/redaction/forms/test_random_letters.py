"""Random letters: a key after a key's name and after a prefix; words and checksums stay."""

import string
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.interaction import Interaction
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.scan import scan_interaction
from glancetape_cassettes.redaction.secret_patterns import scrub
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.secrets.positions import OF_A_FORM, SECRET, UNDER_A_NAME, answer

BELOW = ("header", "member below", "NDJSON", "faulty JSON", "multipart", "in base64, in lines")
"""Where no key is: headers are dropped, and the others have it deeper or away from its name."""
POSITIONS = sorted(UNDER_A_NAME.keys() - set(BELOW))
KEYS = "acme_key acmeKey2 ACME-KEY app.keys".split()
WORDS = (
    "Windows Server Datacenter Core Ubuntu Debian Rocky Linux Desktop Kernel Image Daily".split()
)


@st.composite
def drawn_keys(draw: st.DrawFn) -> str:
    """Return what a program drew: 30 letters and digits or more, no three of a kind in a row."""
    random = Random(draw(st.integers(0, 2**32)))
    kinds = (string.ascii_lowercase, string.digits, "GHIJKLMNOPQRSTUVWXYZ")
    return "".join(random.choice(kind) for _ in range(10) for kind in random.sample(kinds, 3))


@st.composite
def long_names(draw: st.DrawFn) -> str:
    """Return words and at most three numbers in one word, as people name images."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=3, max_size=7))
    numbers = draw(st.lists(st.integers(0, 99_999), max_size=3))
    return "".join(draw(st.permutations([*words, *map(str, numbers)])))


def _redacted(interaction: Interaction) -> str:
    found = Redactor(StandIns(b"a key for these tests")).interaction(interaction)
    bodies = (found.request_body.readable(), found.response_body.readable())
    return "\n".join(map(str, (found.interaction, *bodies))).replace("\0", "")


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("position", POSITIONS)
def test_random_letters_under_a_keys_name_are_stored_nowhere(position: str, name: str) -> None:
    interaction = UNDER_A_NAME[position](name)

    assert SECRET not in _redacted(interaction)
    assert scan_interaction(interaction)


@pytest.mark.parametrize("place", OF_A_FORM.values(), ids=OF_A_FORM)
@pytest.mark.parametrize("before", ["acme_", "ACME-", "ac.me_live_", "acme key is "])
@given(key=drawn_keys())
def test_a_drawn_key_is_found_wherever_it_is(
    place: Callable[[str], Interaction], before: str, key: str
) -> None:
    interaction = place(f"a {before}{key} b")

    assert key not in _redacted(interaction)
    assert scan_interaction(interaction)


@given(name=long_names())
def test_words_and_numbers_in_one_word_stay(name: str) -> None:
    for text in (f"key={name}", f"image-{name}", f"https://h/{name}/x", f'"a_key": "{name}"'):
        assert text == scrub(text)


@given(digits=st.text("0123456789abcdef", min_size=16, max_size=128))
def test_checksums_stay(digits: str) -> None:
    for text in (f"cache_key={digits}", f"snapshot_{digits}", f"https://h/{digits}/x"):
        assert text == scrub(text)


@pytest.mark.parametrize(
    "value",
    [
        {"field": "key", "name": "password", "value": "sesame"},
        [{"op": "add", "path": "/sort_key/password", "value": "sesame"}],
        {"sort_key": {"password": "sesame"}},
        {"keys": ["password", "sesame"]},
    ],
    ids=str,
)
def test_the_name_of_a_key_hides_no_other_name(value: object) -> None:
    assert "sesame" not in _redacted(answer(value))
