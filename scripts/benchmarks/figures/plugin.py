"""What the pytest plugin costs: in a run that does not use it, in the first test, in each further.

Measured is the CPU time of whole runs of pytest, so that other programs on the machine count
little. The generated set is in the cache, as from the second run on.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

from benchmarks.figure import Figure, in_turns, within
from benchmarks.running.children import BenchmarkError

FURTHER = 50
_PLAIN = "import urllib.request\n\ndef test_it():\n    pass\n"
_TESTS = """
import urllib.request
import pytest

@pytest.mark.glancetape({source})
@pytest.mark.parametrize("number", range({count}))
def test_it(glancetape, number):
    url = glancetape.url + "/v2/images?limit=7"
    request = urllib.request.Request(url, headers=glancetape.headers)
    assert urllib.request.urlopen(request).status == 200
"""
_SET = '"region", count=10_000, seed=7'
_CASSETTE = '"walk.yaml"'
_SAMPLES = Path(__file__).parents[3] / "cassettes" / "samples"
# Plugins that the development environment has, and no part of this.
_WITHOUT = "hypothesispytest faker xdist cacheprovider".split()


def measure(folder: Path, rounds: int) -> list[Figure]:
    """Run pytest without the plugin, with it unused, and with one and 51 tests that use it."""
    (folder / "walk.yaml").write_bytes((_SAMPLES / "walk.yaml").read_bytes())
    tests = {
        "plain": _PLAIN,
        "set": _TESTS.format(source=_SET, count=1),
        "sets": _TESTS.format(source=_SET, count=1 + FURTHER),
        "cassette": _TESTS.format(source=_CASSETTE, count=1),
        "cassettes": _TESTS.format(source=_CASSETTE, count=1 + FURTHER),
    }
    for name, code in tests.items():
        (folder / f"test_{name}.py").write_text(code)
        _cpu(folder, name)  # makes the set, and the bytecode that an installation has
    found = in_turns(
        rounds,
        {
            "without": lambda: _cpu(folder, "plain", "-p", "no:glancetape"),
            **{name: lambda name=name: _cpu(folder, name) for name in tests},
        },
    )
    plain = found["without"]
    figures = [
        Figure("pytest plugin, unused", "ms", _above(found["plain"], plain), bound=within(20, "ms"))
    ]
    for name, what in (("set", "generated set in the cache"), ("cassette", "cassette")):
        further = _above(found[f"{name}s"], found[name])
        figures += [
            Figure(
                f"first test, {what}: above plain pytest",
                "ms",
                _above(found[name], plain),
                bound=within(150, "ms"),
            ),
            Figure(
                f"each further test, {what}",
                "ms",
                tuple(one / FURTHER for one in further),
                bound=within(5, "ms"),
            ),
        ]
    return figures


def _above(values: tuple[float, ...], others: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(one - other for one, other in zip(values, others, strict=True))


def _cpu(folder: Path, name: str, *options: str) -> float:
    """Give the milliseconds of CPU time that a run of pytest takes."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before = _used()
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", *options, f"test_{name}.py",
            *(word for plugin in _WITHOUT for word in ("-p", f"no:{plugin}")),
        ],
        cwd=folder,
        env=env | {
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise BenchmarkError(f"pytest: {done.stdout.strip()[-1000:]}")
    return _used() - before


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (usage.ru_utime + usage.ru_stime)
