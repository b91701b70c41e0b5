"""Which releases were measured, and on how many processors."""

import json
import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.servers import NPM

_PROGRAMS = ("nginx", "wrk")
_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def describe_machine() -> str:
    """Return the number of processors and all versions: `2 processors; Python 3.12.1, ...`."""
    found = {"Python": platform.python_version(), "mitmproxy": version("mitmproxy")}
    found |= {name: _version_of(name) for name in _PROGRAMS}
    found |= json.loads((NPM / "package.json").read_bytes())["dependencies"]
    named = ", ".join(f"{name} {number}" for name, number in found.items())
    return f"{os.cpu_count()} processors; {named}"


def _version_of(program: str) -> str:
    """Return what a program prints as its version with `-v`, on either stream."""
    path = shutil.which(program)
    if path is None:
        return "missing"
    said = subprocess.run([Path(path), "-v"], capture_output=True, text=True, check=False)
    number = _NUMBER.search(said.stdout + said.stderr)
    return number[0] if number else "of an unknown version"
