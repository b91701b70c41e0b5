"""The report on what was used: a file that is written whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from glancetape.checks.uses import write_json
from glancetape_cassettes.errors import GlancetapeError

# A limit on the size of files stands for a full disk; the system says so in the same place.
LIMITED = """
import resource, signal, sys
from pathlib import Path
from glancetape.checks.uses import write_json
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
write_json(Path(sys.argv[1]), {"files": ["a.yaml"] * 1_000})
"""


@pytest.mark.parametrize("older", ["", '{"version": 1}\n'], ids=["none", "an older one"])
def test_on_a_full_disk_there_is_the_older_report_or_none(tmp_path: Path, older: str) -> None:
    path = tmp_path / "used.json"
    if older:
        path.write_text(older)

    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=False
    )

    assert "used.json cannot be written: File too large." in ended.stderr
    assert ([path] if older else []) == [*tmp_path.iterdir()]
    assert older == (path.read_text() if older else "")


def test_a_report_goes_to_a_device_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(GlancetapeError, match="cannot be written"):
        write_json(Path("/dev/full"), {})

    write_json(Path("/dev/null"), {})
    write_json(tmp_path / "new" / "used.json", {})

    assert Path("/dev/null").is_char_device()
    assert "{}\n" == (tmp_path / "new" / "used.json").read_text()
