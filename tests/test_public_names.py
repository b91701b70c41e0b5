"""What `import glancetape` promises: the public names, each shown on the page for Python."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import glancetape
from glancetape.cli import main
from support.running.processes import ROOT

PAGE = (ROOT / "docs" / "python.md").read_text()
HEAVY = ("mitmproxy", "numpy", "yaml", "click", "pyroaring", "orjson")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the page uses, as the current one."""
    (tmp_path / "cassettes").symlink_to(ROOT / "cassettes")
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(
        main, ["generate", "--count", "100", "--seed", "7", "--out", "region.images"]
    )
    assert 0 == made.exit_code, made.output
    return tmp_path


def test_every_example_of_the_page_gives_what_it_shows(clone: Path) -> None:
    """Run from top to bottom, as in one Python shell."""
    source = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.M | re.S))
    examples = doctest.DocTestParser().get_doctest(source, {}, "docs/python.md", None, 0)
    report: list[str] = []

    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=report.append)

    assert (0, True) == (result.failed, result.attempted > 20), "".join(report)


@pytest.mark.parametrize("name", glancetape.__all__)
def test_every_public_name_exists_and_is_on_the_page(name: str) -> None:
    """The page is the promise."""
    assert getattr(glancetape, name) is not None
    assert name in dir(glancetape)
    assert f"`{name}`" in PAGE or name == "__version__"


def test_every_name_that_the_page_imports_is_public() -> None:
    """No private name is recommended."""
    imported = {
        name.strip()
        for names in re.findall(r"from glancetape import (.*)", PAGE)
        for name in names.split(",")
    }

    assert imported
    assert imported <= set(glancetape.__all__)


def test_another_name_is_an_attribute_error() -> None:
    """As for any module."""
    with pytest.raises(AttributeError, match="module 'glancetape' has no attribute 'opensession'"):
        glancetape.opensession  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnusedExpression]


def test_importing_the_package_loads_nothing_heavy() -> None:
    """So that `glancetape --help` stays quick."""
    shown = subprocess.run(
        [sys.executable, "-c", "import sys, glancetape; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert not set(HEAVY) & set(shown.stdout.split())
