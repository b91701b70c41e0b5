"""The table of dialects in the docs is the one in the code."""

import re
from dataclasses import fields

from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.cloud.dialects import (
    GLANCE,
    GLANCE_PRE_17,
    IMS_MITAKA,
    IMS_QUEENS,
    Dialect,
    dialect_of,
)
from support.oracle.deviations import DEVIATIONS
from support.running.processes import ROOT

DIALECTS = (IMS_MITAKA, IMS_QUEENS, GLANCE, GLANCE_PRE_17)
DOCUMENT = ROOT / "docs" / "dialects.md"
SWITCHES = [
    (one.name, one.metadata["meaning"], one.metadata["source"])
    for one in fields(Dialect)
    if one.metadata
]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        words = ["=".join(one) if isinstance(one, tuple) else one for one in value]
        return ", ".join(f"`{word}`" for word in words) or "none"
    return str(value)


def _table() -> str:
    rows = [
        "| switch | ims, Mitaka | ims, Queens | glance | glance-pre-17 | known from |",
        "|---|---|---|---|---|---|",
    ]
    for name, meaning, source in SWITCHES:
        cells = [_cell(getattr(one, name)) for one in DIALECTS]
        rows.append(f"| `{name}`: {meaning} | {' | '.join(cells)} | {source} |")
    return "\n".join(rows) + "\n"


def test_the_table_of_switches_is_the_table_in_the_code() -> None:
    """The code has the facts, and the page prints them."""
    (shown,) = re.findall(
        r"<!-- switches -->\n(.*?)<!-- /switches -->", DOCUMENT.read_text(), re.DOTALL
    )

    assert _table() == shown


def test_the_deviations_from_glance_are_those_that_tests_show() -> None:
    """`tests/interop` shows each of them with a real Glance."""
    (shown,) = re.findall(
        r"<!-- deviations -->\n(.*?)<!-- /deviations -->", DOCUMENT.read_text(), re.DOTALL
    )

    assert "".join(f"- {one}\n" for one in DEVIATIONS.values()) == shown


def test_every_switch_has_a_meaning_and_a_source() -> None:
    """All but the name of the dialect."""
    assert {"name"} == {one.name for one in fields(Dialect)} - {name for name, _, _ in SWITCHES}
    assert all(meaning and source for _, meaning, source in SWITCHES)


def test_glance_does_not_read_the_api_version() -> None:
    """Observed: X-Api-Version changes nothing there."""
    assert dialect_of("glance", "queens") is dialect_of("glance", "mitaka")
    assert dialect_of("glance-pre-17", "queens") is dialect_of("glance-pre-17", "mitaka")
    assert dialect_of("ims", "queens") is not dialect_of("ims", "mitaka")


def test_each_name_has_rules_and_each_dialect_a_name() -> None:
    """The names have a module to themselves, as options need them before any rule is loaded."""
    named = [dialect_of(name, version) for name in NAMES for version in ("mitaka", "queens")]

    assert all(one in DIALECTS for one in named)
    assert all(one in named for one in DIALECTS)
