"""Stand-ins for ids, names and tokens, and the key that they are made with."""

import logging
import os
import re
import shlex
import stat
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import RedactionKeyError
from glancetape_cassettes.redaction.policy import Treatment, field_treatment
from glancetape_cassettes.redaction.stand_ins import (
    KEY_VARIABLE,
    StandIns,
    default_key_file,
    find_key,
    find_or_make_key,
    is_stand_in,
)

ONE, OTHER = StandIns(b"one key of many bytes"), StandIns(b"another key of bytes")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    return tmp_path / "glancetape" / "key"


@pytest.mark.parametrize(
    ("real", "form"),
    [
        ("0123456789abcdef0123456789abcdef", r"facade00[0-9a-f]{24}"),
        ("0123456789ABCDEF0123456789ABCDEF", r"facade00[0-9a-f]{24}"),
        ("fe05659e-d433-4e09-aa78-19e0b7f5e497", r"facade00(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("joe", r"standin-name-[0-9a-f]{20}"),
        ("プロジェクト", r"standin-name-[0-9a-f]{20}"),
        ("0123456789abcdef0123456789abcdef\n", r"standin-name-[0-9a-f]{20}"),
    ],
)
def test_an_id_keeps_its_form(real: str, form: str) -> None:
    made = ONE.identity(real)

    assert re.fullmatch(form, made)
    assert is_stand_in(made)


@pytest.mark.parametrize("value", ["", "0", "default", "Default", "all_granted_eps", "REDACTED"])
def test_a_value_that_no_customer_owns_stays(value: str) -> None:
    assert [value, value] == [ONE.identity(value), ONE.name(value)]


@pytest.mark.parametrize("kind", ["identity", "name", "token", "access"])
@given(value=st.text(min_size=1) | st.uuids().map(str) | st.uuids().map(lambda one: one.hex))
def test_stand_ins_are_consistent_and_are_not_replaced_again(kind: str, value: str) -> None:
    made = getattr(ONE, kind)(value)

    assert made == getattr(ONE, kind)(value)
    assert made == getattr(ONE, kind)(made)
    assert made == getattr(OTHER, kind)(made)


def test_different_keys_and_kinds_give_different_stand_ins() -> None:
    real = "0123456789abcdef0123456789abcdef"
    made = [
        getattr(key, kind)(real)
        for key in (ONE, OTHER)
        for kind in ("identity", "name", "token", "access")
    ]

    assert 8 == len(set(made))
    assert ONE.key_id != OTHER.key_id


def test_the_key_is_not_shown() -> None:
    assert f"<StandIns of key {ONE.key_id}>" == repr(ONE)


def test_a_short_key_is_refused_and_not_shown() -> None:
    with pytest.raises(RedactionKeyError, match="at least 16 bytes") as raised:
        StandIns(b"hush-hush")

    assert "hush" not in str(raised.value)


def test_the_variable_wins_over_the_users_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = find_or_make_key()
    monkeypatch.setenv(KEY_VARIABLE, " from the environment\n")

    assert b"from the environment" == find_key() == find_or_make_key()
    assert made == home.read_bytes().strip()


def test_a_named_file_wins_over_the_variable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "from the environment")
    named = home.parent.parent / "named"
    named.write_text("from a named file\n")

    assert b"from a named file" == find_or_make_key(named)


def test_looking_for_a_key_makes_none(home: Path) -> None:
    assert find_key() is None
    assert not home.exists()


def test_a_home_that_cannot_be_entered_has_no_key(home: Path) -> None:
    """As that of root, which a container keeps in HOME when it runs as another user."""
    home.parent.symlink_to(home.parent)  # permissions would not stop root

    assert find_key() is None
    with pytest.raises(RedactionKeyError, match=re.escape(f"{home}: ") + ".*cannot be kept there"):
        find_or_make_key()


def test_a_key_that_cannot_be_read_is_not_passed_over(home: Path) -> None:
    home.mkdir(parents=True)

    with pytest.raises(RedactionKeyError, match=re.escape(f"{home}: ") + "cannot be read"):
        find_key()


def test_the_users_key_is_made_once_and_for_its_owner_only(home: Path) -> None:
    made = find_or_make_key()

    assert made == find_or_make_key() == find_key()
    assert home == default_key_file()
    assert 0o600 == stat.S_IMODE(home.stat().st_mode)
    assert 0o700 == stat.S_IMODE(home.parent.stat().st_mode)
    assert [home] == list(home.parent.iterdir())


def test_processes_that_start_together_get_the_same_key(home: Path) -> None:
    code = (
        "from glancetape_cassettes.redaction.stand_ins import find_or_make_key\n"
        "print(find_or_make_key().decode())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    keys = {process.communicate()[0].strip() for process in started}

    assert {home.read_text().strip()} == keys


def test_a_refusal_of_a_short_key_names_its_place(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.parent.mkdir()
    home.write_text("hush\n")
    with pytest.raises(RedactionKeyError, match=re.escape(f"{home}: ") + ".*has 4 bytes"):
        find_key()
    home.write_text("\n")
    for find in (find_key, find_or_make_key):
        with pytest.raises(RedactionKeyError, match=re.escape(f"{home}: ") + ".*is empty"):
            find()
    monkeypatch.setenv(KEY_VARIABLE, "hush-hush")
    with pytest.raises(RedactionKeyError, match=f"^{KEY_VARIABLE}: .*openssl") as raised:
        find_or_make_key()
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666, 0o610])
@pytest.mark.parametrize("is_named", [True, False])
def test_a_key_file_that_others_can_read_is_warned_of_once(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, is_named: bool
) -> None:
    file = tmp_path / "a key" if is_named else home
    file.parent.mkdir(exist_ok=True)
    file.write_text("a key of a user of ours\n")
    file.chmod(mode)

    for _ in range(3):
        assert b"a key of a user of ours" == find_key(file if is_named else None)

    [record] = caplog.records
    assert logging.WARNING == record.levelno
    assert f"chmod 600 {shlex.quote(str(file))}" in record.getMessage()
    assert f"mode {mode:04o}" in record.getMessage()
    assert "a key of a user" not in record.getMessage()


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_file_of_its_owner_only_is_not_warned_of(
    home: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    home.parent.mkdir()
    home.write_text("a key of a user of ours\n")
    home.chmod(mode)

    find_key()

    assert [] == caplog.records


def test_a_variable_that_is_not_utf_8_is_a_key_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, os.fsdecode(b"\xff" * 20))

    assert b"\xff" * 20 == find_key()


@pytest.mark.parametrize("real", [uuid.UUID(int=7**40), uuid.UUID(int=5**50)])
def test_an_id_has_the_same_stand_in_with_hyphens_and_another_in_upper_case(
    real: uuid.UUID,
) -> None:
    """A list of `owner=0A1B...` shows no image of `0a1b...`, so it must not seem to be its list."""
    made, plain = ONE.identity(str(real)), ONE.identity(real.hex)
    upper, upper_plain = ONE.identity(str(real).upper()), ONE.identity(real.hex.upper())

    assert plain == made.replace("-", "")
    assert upper_plain == upper.replace("-", "")
    assert made != upper


@pytest.mark.parametrize(
    ("make", "message"), [("none", "no such key file.*openssl"), ("dir", "Is a dir")]
)
def test_a_named_file_that_cannot_be_read_is_an_error(
    make: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    if make == "dir":
        path.mkdir()

    with pytest.raises(RedactionKeyError, match=message):
        find_or_make_key(path)


def test_a_home_where_no_key_can_be_kept_is_an_error(home: Path) -> None:
    home.parent.write_text("a file where the folder should be")

    with pytest.raises(RedactionKeyError, match=KEY_VARIABLE):
        find_or_make_key()


def test_the_id_of_a_trust_is_an_id() -> None:
    """It leads to the user who trusts and to the trusted one."""
    assert Treatment.ID is field_treatment("trust_id")
