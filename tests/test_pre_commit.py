"""The hooks for pre-commit: what it runs, on which files, and how it ends."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.clouds.histories import History, write
from support.clouds.recorded import PROJECT_A, get, ok, write_cassette
from support.clouds.walked_cassettes import MINE, cloud_of, edited, recorded, walk
from support.running.in_process import run
from support.running.processes import BIN, ROOT

HOOKS: dict[str, dict[str, Any]] = {
    one["id"]: one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}
SECRET = b'{"images": [{"id": "1", "os_password": "hunter2-correct-horse"}]}'
PRE_COMMIT = "pre-commit==4.3.0"


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """A project with good cassettes, one with a secret, and one that contradicts the rules."""
    folder = tmp_path / "tests" / "cassettes"
    folder.mkdir(parents=True)
    recorded(folder / "good.yaml", cloud_of())
    recorded(folder / "ims.yml", cloud_of("ims"))
    write_cassette(folder / "secret.yaml", [(get("/v2/images?limit=1", PROJECT_A), ok(SECRET))])
    history = History(cloud_of(), [MINE])
    walk(history)
    history.ask(MINE, "name=name+1&limit=2")
    wrong = edited(history.interactions[-1], images=[])
    write(folder / "wrong.yaml", [*history.interactions[:-1], wrong])
    (tmp_path / "settings.yaml").write_text("a: 1\n")
    return tmp_path


def called(hook: str, folder: Path, *names: str) -> tuple[int, str]:
    """What pre-commit does: the entry with file names after it, in the root of the project."""
    program, *words = shlex.split(HOOKS[hook]["entry"])
    assert "glancetape" == program
    before = Path.cwd()
    os.chdir(folder)
    try:
        done = run(*words, *names)
    finally:
        os.chdir(before)
    return done.returncode, done.stdout + done.stderr


def names_of(hook: str, folder: Path) -> list[str]:
    """The files of a project on which pre-commit runs a hook."""
    names = sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())
    return [name for name in names if re.search(HOOKS[hook]["files"], name)]


def test_the_hooks_run_on_cassettes_only(project: Path) -> None:
    """Other YAML is none; a user can set `files`."""
    for hook in HOOKS:
        names = ["good.yaml", "ims.yml", "secret.yaml", "wrong.yaml"]
        assert [f"tests/cassettes/{name}" for name in names] == names_of(hook, project)


def test_a_secret_fails_the_scan(project: Path) -> None:
    """Several files at once, and none of them is shown."""
    good = [one for one in names_of("glancetape-scan", project) if "secret" not in one]

    assert 0 == called("glancetape-scan", project, *good)[0]
    status, said = called("glancetape-scan", project, *names_of("glancetape-scan", project))
    assert 1 == status
    assert "tests/cassettes/secret.yaml" in said
    assert "hunter2" not in said


def test_a_contradiction_fails_the_verification(project: Path) -> None:
    """Each cassette is checked by itself: two clouds in one project are no contradiction."""
    good = [one for one in names_of("glancetape-verify", project) if "wrong" not in one]

    status, said = called("glancetape-verify", project, *good)
    assert 0 == status, said
    assert 1 == called("glancetape-verify", project, *names_of("glancetape-verify", project))[0]


@pytest.mark.interop
def test_pre_commit_runs_them(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The real one, with the entries and files of our hooks and the installed program."""
    folder = tmp_path_factory.mktemp("pre-commit")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip = [folder / "venv" / "bin" / "pip", "install", "-q", PRE_COMMIT]
    subprocess.run(pip, check=True, capture_output=True)
    hooks = [{**one, "language": "system"} for one in HOOKS.values()]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    git = shutil.which("git")
    assert git
    subprocess.run([git, "init", "-q"], cwd=project, check=True)
    subprocess.run([git, "add", "-A"], cwd=project, check=True)
    own = {"PATH": f"{BIN}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(folder / "home")}
    program = [str(folder / "venv" / "bin" / "pre-commit"), "run", "--all-files"]

    failed = subprocess.run(
        program, cwd=project, env=os.environ | own, capture_output=True, text=True, check=False
    )
    for name in ("secret.yaml", "wrong.yaml"):
        (project / "tests" / "cassettes" / name).unlink()
    subprocess.run([git, "add", "-A"], cwd=project, check=True)
    passed = subprocess.run(
        program, cwd=project, env=os.environ | own, capture_output=True, text=True, check=False
    )

    assert 1 == failed.returncode, failed.stdout + failed.stderr
    assert 2 == failed.stdout.count("Failed")
    assert "secret.yaml" in failed.stdout
    assert "hunter2" not in failed.stdout
    assert 0 == passed.returncode, passed.stdout + passed.stderr
    assert 2 == passed.stdout.count("Passed")
