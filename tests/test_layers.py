"""Imports run one way, and the web framework stays at the edge."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.running.processes import ROOT

ROOMS = {  # package: the packages of ours that it may import
    "glancetape_cassettes": {"glancetape_cassettes"},
    "glancetape_generators": {"glancetape_generators", "glancetape_cassettes"},
    "glancetape": {"glancetape", "glancetape_generators", "glancetape_cassettes"},
}
FOLDERS = {
    "glancetape_cassettes": "cassettes",
    "glancetape_generators": "generators",
    "glancetape": "proxy",
}
KNOWS_MITMPROXY = ROOT / "proxy" / "glancetape" / "wire"


def _files() -> list[Path]:
    return [
        path
        for package, folder in FOLDERS.items()
        for path in sorted((ROOT / folder / package).rglob("*.py"))
    ]


def _package(path: Path) -> str:
    return next(name for name, folder in FOLDERS.items() if ROOT / folder in path.parents)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


def test_there_are_files_to_look_at() -> None:
    """A moved folder would make the next tests pass for nothing."""
    assert len(_files()) > 20


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
def test_a_room_imports_only_itself_and_what_lies_below_it(path: Path) -> None:
    """glancetape -> glancetape_generators -> glancetape_cassettes."""
    own = {name.split(".")[0] for name in _imports(path)} & ROOMS.keys()

    assert own <= ROOMS[_package(path)]


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
def test_only_the_edge_knows_mitmproxy(path: Path) -> None:
    """Everything else is plain Python, and its tests need no proxy."""
    if KNOWS_MITMPROXY not in path.parents:
        assert "mitmproxy" not in {name.split(".")[0] for name in _imports(path)}


def test_nothing_imports_the_addon_file() -> None:
    """mitmdump loads it under a name of its own; a second copy would have a second state."""
    assert not [path for path in _files() if "glancetape.addon" in _imports(path)]
