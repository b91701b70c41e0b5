"""The options are the fields of `Settings`, and values that no session can use are refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from glancetape import asgi_app, open_session, serve
from glancetape.modes import RecordMode
from glancetape.options import BY_NAME, OPTIONS, PREFIX, Settings
from glancetape.wire.in_mitmproxy.addon_options import for_mitmproxy
from glancetape_cassettes.errors import BadParameter
from support.drawn.any_values import ANYTHING

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a mode that does not exist": ({"mode": "often"}, "mode: 'often' is not one of none, once"),
    "a dialect that does not exist": ({"dialect": "swift"}, "dialect: 'swift' is not one of auto"),
    "a status that is no error": ({"miss_status": 200}, "miss_status: 200 is not in 400 to 599"),
    "two ways at once": ({"record": "a.yaml", "replay": ["b.yaml"]}, "cannot be given together"),
    "a parameter that decides the page": (
        {"ignore": ["trace", "marker"]},
        "ignore: 'marker' cannot be ignored: it decides which images a page has.",
    ),
    "a header that shows the caller": (
        {"ignore": ["X-AUTH-Token"]},
        "ignore: 'X-AUTH-Token' cannot be ignored: it shows who sends the request.",
    ),
    "a number for texts": ({"ignore": 5}, "ignore must be a text or a list of texts, not int."),
    "a number among texts": ({"ignore": ["a", 5]}, "ignore must be a text or a list of texts"),
    "bytes for a path": ({"replay": b"a.yaml"}, "replay must be a path or a list of paths, not"),
    "a text for yes or no": ({"writable": "no"}, "writable must be True or False, not str."),
    "a word for a number": ({"fault_seed": "x"}, "fault_seed must be a whole number, not str."),
    "a fraction": ({"miss_status": 404.5}, "miss_status must be a whole number, not float."),
    "a list for a text": ({"latency": ["1s"]}, "latency must be a text, not list."),
    "a misspelt option": (
        {"replays": ["a.yaml"]},
        "replays: no such option; the options are ",
    ),
}


def test_settings_from_nothing_are_the_defaults_of_the_options() -> None:
    """Each option's default, read from outside, is its field's."""
    defaults = {option.name: option.default for option in OPTIONS}

    assert Settings() == Settings.of({}) == Settings.of(defaults)


def test_values_from_outside_become_values_of_the_settings() -> None:
    """Strings become paths and modes, lists become tuples, an empty string is nothing."""
    values = {
        "record": "a.yaml",
        "mode": "all",
        "sensitive": ["Name"],
        "own_project": "",
        "key_file": "",
    }

    settings = Settings.of(values)

    assert settings == Settings(
        record=Path("a.yaml"),
        mode=RecordMode.ALL,
        sensitive=("Name",),
        own_project=None,
        key_file=None,
    )


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("server_name", "tape.example"),
        ("ignore", "trace"),
        ("fail", "500:1%"),
        ("replay", "a.yaml"),
    ],
)
def test_one_text_is_a_list_of_one(name: str, one: str) -> None:
    """Its letters are never meant."""
    assert Settings.of({name: [one]}) == Settings.of({name: one})


def test_a_key_file_may_be_in_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mitmproxy's `--set` leaves the `~`, which a shell would have replaced."""
    monkeypatch.setenv("HOME", "/home/somebody")

    assert Path("/home/somebody/key") == Settings.of({"key_file": "~/key"}).key_file


@pytest.mark.parametrize(("values", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_value_that_no_session_can_use_is_refused_by_name(
    values: dict[str, Any], sentence: str
) -> None:
    """Whoever passes it: the command line, mitmproxy, or a program."""
    with pytest.raises(BadParameter) as refused:
        Settings.of(values)

    assert sentence in str(refused.value)


@pytest.mark.parametrize("make", [Settings.of, lambda values: Settings(**values)])
@pytest.mark.parametrize("name", BY_NAME)
def test_a_value_of_any_type_is_read_or_refused_by_name(name: str, make: Any) -> None:
    """What is read has the type of the field."""
    wanted = get_type_hints(Settings)[name]
    for value in ANYTHING:
        try:
            read = getattr(make({name: value}), name)
        except BadParameter as error:
            assert name in str(error)  # noqa: PT017 - some values are right
        else:
            parts = read if isinstance(read, tuple) else (read,)
            assert all(isinstance(one, get_args(wanted) or wanted) for one in parts)
            assert read is not None or value is None or value == ""


@pytest.mark.parametrize("given", ["a.yaml", Path("a.yaml"), ["a.yaml"], 5, {}])
def test_what_opens_settings_says_so_when_it_gets_a_file(given: Any) -> None:
    """The first thing that a program tries."""
    for opened in (open_session, asgi_app, lambda one: serve(one).__enter__()):
        with pytest.raises(BadParameter, match=r"pass Settings, such as Settings\(replay='images"):
            opened(given)


def test_settings_made_by_a_program_are_checked_alike() -> None:
    """So that `open_session` has nothing left to check."""
    with pytest.raises(BadParameter, match="miss_status: 200 is not in 400 to 599"):
        Settings(miss_status=200)


def test_mitmproxy_gets_the_types_that_it_declares() -> None:
    """A value of the settings comes back unchanged through mitmproxy's options."""
    settings = Settings(
        replay=(Path("a.yaml"), Path("b.images")), keep_header=("X-Name",), own_project="p"
    )

    outside = for_mitmproxy(settings)

    kinds: dict[Any, type] = {Sequence[str]: list}
    assert all(type(outside[PREFIX + one.name]) is kinds.get(one.type, one.type) for one in OPTIONS)
    assert settings == Settings.of({name: outside[PREFIX + name] for name in BY_NAME})


@pytest.mark.parametrize(
    ("mode", "decisions"),
    [
        # records_new, records_more, replays, replaces
        (RecordMode.NONE, (False, False, True, False)),
        (RecordMode.ONCE, (True, False, True, False)),
        (RecordMode.NEW_EPISODES, (True, True, True, False)),
        (RecordMode.ALL, (True, True, False, True)),
    ],
)
def test_a_record_mode_decides_as_vcr_does(
    mode: RecordMode, decisions: tuple[bool, bool, bool, bool]
) -> None:
    """VCR's meaning of the four words."""
    assert decisions == (mode.records_new, mode.records_more, mode.replays, mode.replaces)
