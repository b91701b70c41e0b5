"""The unified diff of two files that are given in parts, of which most are the same.

Parts are compared whole, so a cassette of a thousand pages takes milliseconds. It is the format
that `patch` and `git apply` read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

CONTEXT = 3
"""Lines around a change."""


@dataclass(slots=True)
class _Hunk:
    """Lines with their sign, and where they begin in both files."""

    old: int
    new: int
    lines: list[tuple[str, str]] = field(default_factory=list)

    def head(self) -> str:
        old = sum(sign != "+" for sign, _ in self.lines)
        new = sum(sign != "-" for sign, _ in self.lines)
        return f"@@ -{_span(self.old, old)} +{_span(self.new, new)} @@"


def _span(start: int, count: int) -> str:
    """Where lines begin, from 1; of none, the line before."""
    return f"{start if count else start - 1},{count}"


def unified_diff(
    old_name: str, new_name: str, old: Sequence[bytes], new: Sequence[bytes]
) -> Iterator[str]:
    """The lines of a diff, without newlines; none when both are the same."""
    hunks = list(_hunks(old, new))
    if hunks:
        yield f"--- {old_name}"
        yield f"+++ {new_name}"
    for hunk in hunks:
        yield hunk.head()
        for sign, line in hunk.lines:
            yield sign + line


def _hunks(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[_Hunk]:
    left = right = 1
    hunk: _Hunk | None = None
    before: list[str] = []  # the last lines that are the same
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (tag, first, last, begin, end) in enumerate(codes):
        if tag == "equal":
            lines = _lines(old[first:last])
            is_last = number + 1 == len(codes)
            if hunk is not None and (is_last or len(lines) > 2 * CONTEXT):
                hunk.lines += [(" ", line) for line in lines[:CONTEXT]]
                yield hunk
                hunk = None
            elif hunk is not None:
                hunk.lines += [(" ", line) for line in lines]
            before = lines[-CONTEXT:]
            left, right = left + len(lines), right + len(lines)
            continue
        if hunk is None:
            hunk = _Hunk(left - len(before), right - len(before))
            hunk.lines += [(" ", line) for line in before]
        gone, come = _lines(old[first:last]), _lines(new[begin:end])
        hunk.lines += [("-", line) for line in gone]
        hunk.lines += [("+", line) for line in come]
        left, right = left + len(gone), right + len(come)
    if hunk is not None:
        yield hunk


def _lines(parts: Sequence[bytes]) -> list[str]:
    text = b"".join(parts).decode("utf-8", "surrogateescape")
    return text.removesuffix("\n").split("\n") if text else []
