"""The redaction has one entry, and one for images: what other rooms use of it."""

import ast
from pathlib import Path

from support.running.processes import ROOT

ROOM = "glancetape_cassettes.redaction."
ENTRY = {"redactor", "stand_ins", "scan", "policy", "images.image_redaction", "images.pseudonyms"}


def _modules_used(path: Path) -> set[str]:
    return {
        node.module.removeprefix(ROOM)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(ROOM)
    }


def test_other_rooms_use_only_the_entry() -> None:
    """Everything else may change without a look at the rest of the house."""
    room = ROOT / "cassettes" / "glancetape_cassettes" / "redaction"
    elsewhere = [
        path
        for folder in ("cassettes", "generators", "proxy", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        if room not in path.parents
    ]

    used = {module for path in elsewhere for module in _modules_used(path)}

    assert {"redactor", "stand_ins", "policy"} <= used <= ENTRY
