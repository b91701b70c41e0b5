"""Commands start no threads that do nothing: NumPy would have one for each processor."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.images.varied import varied_images
from support.running.processes import ROOT
from support.sets.set_files import write_ndjson

_WALK = ROOT / "cassettes" / "samples" / "walk.yaml"
COMMANDS = {  # each of them needs NumPy
    "generate": ("generate", "--count", "200", "--workers", "1", "--out", "made.images"),
    "import": ("import", "images.ndjson", "--workers", "1", "--out", "made.images"),
    "import a cassette": ("import", _WALK, "--out", "made.images"),
    "learn": ("learn", "images.ndjson", "--out", "learned.yaml"),
    "derive": ("query", _WALK, "limit=3"),
    "verify": ("verify", _WALK),
}
_COUNTED = """
import os, sys, threading
from glancetape.cli import main

try:
    main(sys.argv[1:], prog_name="glancetape")
except SystemExit as ended:
    assert not ended.code, ended.code
assert "numpy" in sys.modules, "it needs no NumPy"
assert "OPENBLAS_NUM_THREADS" not in os.environ, "the environment is another one"
of_python = {thread.native_id for thread in threading.enumerate()}
print(len({*map(int, os.listdir("/proc/self/task"))} - of_python), file=sys.stderr)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts the threads in /proc")
@pytest.mark.sampled(2)
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS.keys())
def test_numpy_starts_no_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str | Path, ...]
) -> None:
    """And the environment is afterwards that of the user."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    write_ndjson(tmp_path / "images.ndjson", list(varied_images(60, 1)))

    done = subprocess.run(
        [sys.executable, "-c", _COUNTED, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )

    assert 0 == done.returncode, done.stderr
    assert "0" == done.stderr.split()[-1]
