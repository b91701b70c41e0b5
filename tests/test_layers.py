"""Imports run one way, mitmproxy stays at the edge, and redaction is used by its entry."""

import ast
import importlib.metadata
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.running.processes import ROOT

ROOMS = {  # package: the packages of ours that it may import
    "glancetape_cassettes": {"glancetape_cassettes"},
    "glancetape_generators": {"glancetape_generators", "glancetape_cassettes"},
    "glancetape": {"glancetape", "glancetape_generators", "glancetape_cassettes"},
}
ORDER = {  # folder: its rooms and modules, each line importing only from the lines above it
    "glancetape_cassettes": """
        dates errors later lazy_regex lean_process near_names nouns plain_names short_texts version
        interaction service
        known_services
        formats
        imageset
        redaction
        replaying
        cloud collection writing
        deriving
        editing
    """,
    "glancetape_cassettes/formats": """
        body http_form recorders regular_file repeated_names
        emit safe_yaml
        own_layout vcr vcr_files
        foreign
        opened
        cassette file_kinds
        reading
    """,
    "glancetape_cassettes/formats/foreign": """
        foreign_entries
        plain_text of_service
        page_links response_text sending_order
        bare_pages curl debug_log har wiremock
        har_archive
        recognising
    """,
    "glancetape_cassettes/replaying": """
        callers
        question
        logins
        entries
        recorded_terms timeline
        looking_up
        changes closest eligible
        answers in_view
        clocks
        states
        recorded_answers
    """,
    "glancetape_cassettes/imageset": """
        checked_file collations gathered_reads image_fields memory_cache packed sort_keys
        checksums indexed_values
        schema
        set_file
        indexes stored
        image_set making
        describing picture
    """,
    "glancetape_cassettes/redaction": """
        names stand_ins
        policy
        forms known_secrets
        secret_patterns
        scrubbing
        exchange
        urls
        headers json_values
        keystone_values
        bodies
        redactor
        images scan
    """,
    "glancetape_cassettes/redaction/forms": """
        compressed expressions long_words
        form values
        random_letters
        addresses encodings keys_and_tokens
        commands markup named quoted_in_errors records
        tables
    """,
    "glancetape_cassettes/cloud": """
        accept_header dialect_names dialects hash_order
        links refusals
        listing responses
        overlay page_maker
        lister
        asking
        endpoints identity
        changing
        routes
        simulated_cloud walk_cassette
    """,
    "glancetape_cassettes/deriving": """
        coverage provenance recorded_callers walking
        doubts
        evidence
        validity
        order reasons
        lists
        view_state
        single_images
        timelines
        deriver
        keeping later_deriver
    """,
    "glancetape_generators": """
        sampling validation
        vocabulary
        spec
        world
        columns
        least_count
        generating provider realised
        deltas
        learning
    """,
    "glancetape_generators/spec": """
        percentages spec yaml_values
        layers names_and_tags statuses templates
        contradictions explaining
        sections
        reading
    """,
    "glancetape_generators/learning": """
        capture ordinary_words
        identifying sources spec_text threshold
        calibrating gate parts
        learned_spec
        comparing
        writing_specs
    """,
    "glancetape_generators/validation": """
        rules
        conflicts over_time
        checking
        report
        checking_sets
    """,
    "glancetape": """
        addresses cross_origin faults home_folder modes server_names terminal
        checks options
        importing session
        reading_ahead
        wire
        exporting
        addon commands
        cli pytest_plugin
        __main__
    """,
    "glancetape/session": """
        adapting cloud_file counts file_to_replay miss_response tokens_seen upstreams
        image_set_player recorder
        session
        opening run_state
    """,
    "glancetape/commands": """
        click_options
        shared_options
        starting
        files generate image_sets imports lab record replay run scan serve verify
    """,
    "glancetape/wire": """
        limits log_line
        messages
        faulty response_cache
        known_lists
        answering flows
        flow_filter reverse saved
        asgi serving
        in_mitmproxy
        addon_hooks
        mitmproxy_runner
    """,
}
REDACTION = "glancetape_cassettes.redaction."
ENTRY = {"redactor", "stand_ins", "scan", "policy", "images.image_redaction", "images.pseudonyms"}
MOST_MODULES = 14
MOST_TESTS = 16
FOLDERS = {
    "glancetape_cassettes": "cassettes",
    "glancetape_generators": "generators",
    "glancetape": "proxy",
}
KNOWS_MITMPROXY = ROOT / "proxy" / "glancetape" / "wire"


INSTALLED = set(importlib.metadata.packages_distributions())


def _files() -> list[Path]:
    return [
        path
        for package, folder in FOLDERS.items()
        for path in sorted((ROOT / folder / package).rglob("*.py"))
    ]


def _package(path: Path) -> str:
    return next(name for name, folder in FOLDERS.items() if ROOT / folder in path.parents)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Return what a file imports; a dozen tests ask for each."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _folder(name: str) -> Path:
    return ROOT / FOLDERS[name.split("/", maxsplit=1)[0]] / name


def _room(path: Path, folder: Path) -> str:
    return path.relative_to(folder).parts[0].removesuffix(".py")


def _neighbours(path: Path, folder: str) -> Iterator[str]:
    """Return the rooms and modules of a folder that a file in it imports."""
    start = [*folder.split("/")]
    for name in _imports(path):
        parts = name.split(".")
        if parts[: len(start)] == start and len(parts) > len(start):
            yield parts[len(start)]


def test_there_are_files_to_look_at() -> None:
    """A moved folder would make the next tests pass for nothing."""
    assert len(_files()) > 20


def test_a_package_imports_only_itself_and_what_lies_below_it() -> None:
    """glancetape -> glancetape_generators -> glancetape_cassettes."""
    assert set() == {
        (path, name)
        for path in _files()
        for name in _imports(path)
        if (package := name.split(".")[0]) in ROOMS and package not in ROOMS[_package(path)]
    }


@pytest.mark.parametrize("folder", ORDER)
def test_rooms_of_a_folder_import_only_from_those_above_them_in_the_table(folder: str) -> None:
    """Two rooms of one line do not know each other."""
    layers = [line.split() for line in ORDER[folder].strip().splitlines()]
    place = {name: number for number, names in enumerate(layers) for name in names}
    last = len(layers)  # where `__init__` is, which may show what is in the folder
    top = _folder(folder)

    wrong = {
        (path.relative_to(top).as_posix(), name)
        for path in sorted(top.rglob("*.py"))
        for name in _neighbours(path, folder)
        if name in place and place[name] >= place.get(own := _room(path, top), last) and name != own
    }

    assert set(place) == {_room(path, top) for path in top.rglob("*.py")} - {"__init__"}
    assert not wrong


def _circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Return modules of which each imports the one before it, or none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT / FOLDERS[_package(path)]).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def _modules_imported(path: Path, modules: set[str]) -> Iterator[str]:
    """Return what a file imports, also for types alone and within functions."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found = {name if name in modules else node.module for name in names}
            yield from found & modules


def test_no_modules_import_each_other() -> None:
    """Not for types, nor within functions: two that need each other are one, or lack a third."""
    paths = {_module(path): path for path in _files()}
    imports = {name: {*_modules_imported(path, {*paths})} for name, path in paths.items()}

    assert {"a", "b"} == {*_circle({"a": {"b"}, "b": {"a"}, "c": {"a"}})}
    assert "glancetape.options" in imports["glancetape"]
    assert [] == _circle(imports)


def test_a_folder_with_rooms_is_in_the_table() -> None:
    """A new room gets its place."""
    with_rooms = {path.parents[1] for path in _files() if path.name == "__init__.py"}

    assert with_rooms - {ROOT / one for one in FOLDERS.values()} == set(map(_folder, ORDER))


def test_no_folder_holds_more_than_about_a_dozen_modules() -> None:
    """A larger one has rooms in it that want to be found."""
    sizes = Counter(path.parent for path in _files())

    assert {} == {
        folder.relative_to(ROOT).as_posix(): size
        for folder, size in sizes.items()
        if size > MOST_MODULES
    }


def test_no_folder_holds_many_more_modules_of_tests() -> None:
    """They lie in the rooms of what they test, with a few for several of these together."""
    sizes = Counter(path.parent for path in (ROOT / "tests").rglob("*.py"))

    assert {} == {
        folder.relative_to(ROOT).as_posix(): size
        for folder, size in sizes.items()
        if size > MOST_TESTS
    }


def test_a_module_name_occurs_once_in_a_package() -> None:
    """Unless it is a command, which is called what it calls."""
    named = Counter(
        (_package(path), path.stem)
        for path in _files()
        if path.name != "__init__.py" and path.parent.name != "commands"
    )

    assert [] == [name for name, times in named.items() if times > 1]


def test_only_a_session_answers() -> None:
    """A verb has one owner. What a client gets from it is a reply, the cloud's is a response."""
    owners = {
        one.name
        for path in _files()
        for one in ast.walk(_tree(path))
        if isinstance(one, ast.ClassDef)
        for method in one.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
        if method.name == "answer" and not method.decorator_list
    }

    assert {"Session"} == owners


def test_nothing_beside_the_addon_is_called_as_another_module() -> None:
    """While `mitmdump -s addon.py` loads it, its folder is the first that imports look in."""
    names = [path.name for path in _folder("glancetape").iterdir()]
    beside = {name.removesuffix(".py") for name in names} - {"__init__", "__main__"}

    assert beside & {"addon", "cli", "wire"}
    assert not beside & (INSTALLED | set(sys.stdlib_module_names))


def test_only_the_edge_knows_mitmproxy() -> None:
    """Everything else is plain Python, and its tests need no proxy."""
    knowing = {
        path for path in _files() if "mitmproxy" in {name.split(".")[0] for name in _imports(path)}
    }

    assert knowing
    assert set() == {path for path in knowing if KNOWS_MITMPROXY not in path.parents}


def test_nothing_imports_the_addon_file() -> None:
    """mitmdump loads it under a name of its own; a second copy would have a second state."""
    assert not [path for path in _files() if "glancetape.addon" in _imports(path)]


def test_every_import_is_a_declared_dependency() -> None:
    """What only another dependency brings would be gone with it.

    Nothing loads the plugin but pytest, so the extra `pytest` may bring that.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = [*project["dependencies"], *project["optional-dependencies"]["pytest"]]
    declared = {canonicalize_name(Requirement(one).name) for one in required}
    named = {"yaml": "pyyaml"}

    imported = {name.split(".")[0] for path in _files() for name in _imports(path)}
    foreign = imported - set(sys.stdlib_module_names) - ROOMS.keys()

    assert "yaml" in foreign
    assert {canonicalize_name(named.get(name, name)) for name in foreign} <= declared


def test_other_rooms_use_only_the_entry_of_the_redaction() -> None:
    """There is one, and one for images: everything else may change without a look at the rest."""
    room = _folder("glancetape_cassettes/redaction")
    elsewhere = [
        path
        for path in (*_files(), *sorted((ROOT / "scripts").rglob("*.py")))
        if room not in path.parents
    ]

    used = {
        name.removeprefix(REDACTION)
        for path in elsewhere
        for name in _imports(path)
        if name.startswith(REDACTION)
    }

    assert {"redactor", "stand_ins", "policy"} <= used
    assert [] == [
        name for name in used if not any(f"{name}.".startswith(f"{one}.") for one in ENTRY)
    ]
