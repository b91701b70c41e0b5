"""The example project is what its page shows, and its tests run offline in a new environment."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.redaction.scan import scan
from glancetape_cassettes.replaying.answers import Answer, Provenance
from support.running.processes import ROOT

EXAMPLE = ROOT / "docs" / "example"
CASSETTE = EXAMPLE / "images.yaml"
README, ROOT_README = (
    path.read_text("utf-8") for path in (EXAMPLE / "README.md", ROOT / "README.md")
)


def _commands(text: str) -> list[str]:
    """The commands of all `sh` blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return list(filter(None, lines))


def test_its_page_shows_the_beginning_of_the_tests() -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)

    assert (EXAMPLE / "test_images.py").read_text("utf-8").startswith(block)


def test_the_readme_the_example_and_ci_run_the_same_commands() -> None:
    steps = yaml.safe_load((EXAMPLE / "ci.yml").read_text("utf-8"))["jobs"]["test"]["steps"]
    in_ci = [step["run"] for step in steps if "run" in step]
    in_example, in_readme = _commands(README), _commands(ROOT_README)

    assert in_ci == in_example[:2]
    assert {in_ci[1], *in_example[2:]} <= set(in_readme)


def test_the_example_names_all_its_files() -> None:
    named = set(re.findall(r"\]\((\w+\.\w+)\)", README))

    assert {path.name for path in EXAMPLE.iterdir() if path.is_file()} == named | {"README.md"}


def test_the_cassette_answers_its_requests_without_the_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So does CI, which has none. No id and no host of the machine that recorded it is in it."""
    monkeypatch.delenv("GLANCETAPE_KEY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    cassette = load_cassette(CASSETTE)
    asked = [cassette.request(index) for index in range(len(cassette))]

    with open_session(Settings(replay=(CASSETTE,))) as session:
        found = [session.answer(one, any_host=False) for one in asked]

    assert [Provenance.EXACT] * len(asked) == [
        one.provenance for one in found if isinstance(one, Answer)
    ]
    assert not scan(CASSETTE).findings
    assert "127.0.0.1" not in CASSETTE.read_text("utf-8")


@pytest.mark.interop
def test_its_tests_pass_in_a_new_environment(tmp_path: Path) -> None:
    """Word for word as its README says, with the program of this clone."""
    project, bin_folder = tmp_path / "project", tmp_path / "venv" / "bin"
    project.mkdir()
    for path in EXAMPLE.iterdir():
        (project / path.name).write_bytes(path.read_bytes())
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    pip = [bin_folder / "pip", "install", "-q"]
    subprocess.run([*pip, ROOT], check=True, cwd=tmp_path, timeout=600)
    environment = {"PATH": f"{bin_folder}:/usr/bin:/bin", "HOME": str(tmp_path)}

    subprocess.run([*pip, "-r", "requirements.txt"], check=True, cwd=project, timeout=600)
    ran = [
        subprocess.run(
            shlex.split(command), cwd=project, env=environment, capture_output=True, text=True,
            timeout=300, check=False,
        )
        for command in _commands(README)[1:2]
    ]  # fmt: skip

    assert [(0, True)] == [(one.returncode, "5 passed" in one.stdout) for one in ran], ran
