"""The test suites that docs/other-languages.md shows run, and pass, where their tools are."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.running.processes import BIN, ROOT

PAGE = (ROOT / "docs" / "other-languages.md").read_text("utf-8")
WALK = ROOT / "cassettes" / "samples" / "walk.yaml"
JUNIT = Path("/usr/share/java")  # Debian's package junit5, which .ci/run installs
PARTS = (
    "junit-jupiter-api junit-jupiter-engine junit-platform-commons junit-platform-console "
    "junit-platform-engine junit-platform-launcher junit-platform-reporting opentest4j picocli "
    "apiguardian-api univocity-parsers"
).split()


def snippet(language: str) -> str:
    """The only block of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return found


def passes(folder: Path, *command: str | Path) -> str:
    """Run a test suite in a folder with the cassette; it has to pass."""
    shutil.copy(WALK, folder / "walk.yaml")
    path = f"{BIN}:{os.environ['PATH']}"
    own = {name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        command, cwd=folder, env=own | {"PATH": path}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_suite_for_node_passes(tmp_path: Path) -> None:
    """With its own test runner."""
    (tmp_path / "images.test.mjs").write_text(snippet("js"), "utf-8")

    assert "# pass 2\n" in passes(tmp_path, "node", "--test", "--test-reporter", "tap")


@pytest.mark.interop
@pytest.mark.skipif(
    shutil.which("javac") is None or not (JUNIT / "junit-jupiter-api.jar").exists(),
    reason="a JDK and JUnit 5 are not installed",
)
def test_the_suite_for_java_passes(tmp_path: Path) -> None:
    """Compiled, and run by JUnit's console."""
    jars = [str(jar) for part in PARTS if (jar := JUNIT / f"{part}.jar").exists()]
    (tmp_path / "ImagesTest.java").write_text(snippet("java"), "utf-8")
    passes(tmp_path, "javac", "-cp", ":".join(jars), "ImagesTest.java")

    console = ("-cp", ":".join([*jars, "."]), "org.junit.platform.console.ConsoleLauncher")
    said = passes(tmp_path, "java", *console, "-c", "ImagesTest", "--disable-banner")
    assert re.search(r"2 tests successful", said)
