"""Pytest as a user starts it: in a project with folders named like ours, and with nothing of us."""

import json
import sys
from typing import Any

import pytest

from glancetape.pytest_plugin.hooks import pytest_configure
from support.running.user_project import Project
from support.sets.set_files import make_set, record

pytest_plugins = ["pytester"]

HEAVY = (
    "numpy", "orjson", "yaml", "click", "mitmproxy", "uvicorn", "asyncio", "faker", "ssl",
    "glancetape.session", "glancetape.options", "glancetape.pytest_plugin.running",
    "glancetape.pytest_plugin.tally",
)  # fmt: skip
OF_RECORDINGS = (
    "glancetape_cassettes.formats.cassette", "glancetape_cassettes.redaction.policy",
    "glancetape_cassettes.redaction.names.secret_names",
    "glancetape_cassettes.replaying.callers", "glancetape_cassettes.replaying.looking_up",
    "glancetape.session.adapting.leading_back", "glancetape.wire.known_lists",
)  # fmt: skip
LOADED = f"""
import sys
def pytest_sessionfinish():
    print("\\nloaded:", [name for name in {HEAVY} if name in sys.modules])
"""


def test_folders_named_like_ours_are_the_users(project: Project) -> None:
    """An installed top-level `proxy` or `generators` would shadow them, or they us."""
    for name in ("proxy", "generators", "cassettes", "glancetape_tests"):
        folder = project.path / name
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").write_text(f"OWNER = 'user of {name}'\n")
    project.pages("a.yaml", "/v2/images?limit=1")
    (project.path / "tests").mkdir()
    project.cassettes.rename(project.path / "tests" / "cassettes")
    project.test(
        """
import cassettes, generators, proxy

@pytest.mark.glancetape("a.yaml")
def test_it(glancetape):
    assert names(glancetape, "?limit=1") == ["a.yaml"]
    assert proxy.OWNER == "user of proxy"
    assert generators.OWNER == "user of generators"
""",
        "tests/test_it",
    )

    result = project.pytester.runpytest_subprocess(
        "--strict-markers", "--strict-config", "-W", "error", "-p", "no:hypothesispytest"
    )

    result.assert_outcomes(passed=1)


def test_a_run_that_does_not_use_us_loads_nothing_of_us(project: Project) -> None:
    """The plugin is loaded in every run of pytest on the machine."""
    project.pytester.makeconftest(LOADED)
    project.test("def test_nothing(): pass")
    (project.path / "test_it.py").write_text("def test_nothing(): pass\n")

    result = project.pytester.runpytest_subprocess("-p", "no:hypothesispytest", "-p", "no:faker")

    result.assert_outcomes(passed=1)
    (line,) = [line for line in result.outlines if line.startswith("loaded:")]
    assert [] == json.loads(line.removeprefix("loaded:").replace("'", '"'))


@pytest.mark.parametrize("source", ["a.yaml", "a.images"])
def test_a_first_test_loads_only_what_it_needs(project: Project, source: str) -> None:
    """NumPy, a YAML parser, the proofs and the search for secrets take longer than all the rest."""
    project.pages("a.yaml", "/v2/images?limit=1")
    make_set(project.cassettes / "a.images", [record(f"{number:032x}") for number in range(3)])
    project.test(
        f"""
@pytest.mark.glancetape("{source}")
def test_it(glancetape):
    assert ask(glancetape.url + "/v2/images?limit=1", **glancetape.headers)[0] == 200
    late = "numpy yaml glancetape_cassettes.deriving.deriver mitmproxy faker rich".split()
    late += ["glancetape_cassettes.redaction.secret_patterns", "glancetape.faults.lab"]
    if {source!r}.endswith(".images"):
        late += {OF_RECORDINGS}
    assert [name for name in late if name in sys.modules] == []
"""
    )

    result = project.pytester.runpytest_subprocess("-p", "no:hypothesispytest", "-p", "no:faker")

    result.assert_outcomes(passed=1)


def test_everything_of_us_has_our_name(pytestconfig: pytest.Config) -> None:
    """Beside pytest-recording and pytest-vcr, options with other names would end pytest."""
    from glancetape.pytest_plugin import hooks

    parser = pytest.Parser(_ispytest=True)
    hooks.pytest_addoption(parser)

    names = [name for group in parser._groups for one in group.options for name in one.names()]
    assert names
    assert all(name.startswith("--glancetape-") for name in names)
    assert all(name.startswith("glancetape_") for name in parser._inidict)


def test_our_modules_are_loaded_as_they_were_installed(pytester: pytest.Pytester) -> None:
    """pytest would compile all of them again: those of a plugin's distribution are marked."""
    config = pytester.parseconfigure()
    rewriting = config.pluginmanager.rewrite_hook
    names = ("glancetape_cassettes.dates", "glancetape.modes", "glancetape_generators.deltas")
    for marked in ("glancetape", "glancetape_cassettes", "glancetape_generators", "colorsys"):
        rewriting.mark_rewrite(marked)
    assert all(_is_rewritten(rewriting, name) for name in (*names, "colorsys"))

    pytest_configure(config)

    assert not any(_is_rewritten(rewriting, name) for name in names)
    assert _is_rewritten(rewriting, "colorsys")


def _is_rewritten(rewriting: Any, name: str) -> bool:
    """Whether pytest loads a module by itself."""
    package = sys.modules.get(name.partition(".")[0])
    return rewriting.find_spec(name, getattr(package, "__path__", None)) is not None
