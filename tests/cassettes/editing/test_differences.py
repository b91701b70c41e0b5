"""The diff of two files in parts: `patch` makes the one from the other."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.editing.differences import unified_diff

PARTS = st.lists(
    st.sampled_from([f"{name}\n" + "line\n" * length for name in "abc" for length in (0, 1, 7)]),
    max_size=8,
)


def patched(old: str, diff: Sequence[str]) -> str:
    """Apply a unified diff, as its format says: https://www.gnu.org/software/diffutils/."""
    lines, result, place = old.split("\n")[:-1], list[str](), 0
    for line in diff[2:]:
        if head := re.match(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", line):
            begin = int(head[1]) - 1 if int(head[2]) else int(head[1])
            result += lines[place:begin]
            place = begin
            assert int(head[3]) - bool(int(head[4])) == len(result)
        elif line[0] == "+":
            result.append(line[1:])
        else:
            assert lines[place] == line[1:]
            result += [line[1:]] * (line[0] == " ")
            place += 1
    return "".join(f"{line}\n" for line in result + lines[place:])


@given(old=PARTS, new=PARTS)
def test_a_diff_leads_from_the_old_to_the_new(old: list[str], new: list[str]) -> None:
    """With three lines around each change."""
    diff = list(
        unified_diff("a", "b", [one.encode() for one in old], [one.encode() for one in new])
    )

    assert "".join(new) == patched("".join(old), diff)
    assert bool(diff) == (old != new)


def test_the_same_gives_no_diff() -> None:
    assert [] == list(unified_diff("a", "b", [b"x\n"], [b"x\n"]))


def test_patch_reads_it(tmp_path: Path) -> None:
    """The program of that name."""
    program = shutil.which("patch")
    if program is None:
        pytest.skip("patch is not installed")
    old = [f"{number}\n".encode() * 9 for number in range(5)]
    new = [old[0], *old[2:4], b"new\n", old[4]]
    (tmp_path / "a").write_bytes(b"".join(old))
    diff = "\n".join(unified_diff("a", "a", old, new)) + "\n"

    subprocess.run([program, "-s", "a"], cwd=tmp_path, input=diff, text=True, check=True)

    assert b"".join(new) == (tmp_path / "a").read_bytes()
