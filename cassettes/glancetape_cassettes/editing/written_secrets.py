"""Secrets that someone wrote into a cassette of ours: recording would have replaced them.

    a.yaml, line 11: #1 response body .images[0].os_password (password of 9 characters)

They are looked for where a cassette is written again, because the new file would hold them too.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.plain_names import word_of
from glancetape_cassettes.redaction.scan import UNKNOWN_HEADER, FoundSecret, scan

_MOST_SHOWN = 3


def refuse_secrets(paths: Iterable[Path]) -> None:
    """Raise CassetteError if one of the cassettes holds a secret."""
    for path in paths:
        if found := find_written_secrets(path):
            raise CassetteError(
                f"{'; '.join(describe(found))}. Recording would have replaced that, so nothing is "
                "written. Remove it, or record the interaction again. To see all: glancetape scan "
                f"{word_of(path)}"
            )


def find_written_secrets(path: Path) -> tuple[FoundSecret, ...]:
    """Return the secrets in a cassette that recording would have replaced.

    A header that the tables do not know is none: `record --keep-header` may have kept it.
    """
    return tuple(one for one in scan(path).findings if one.kind != UNKNOWN_HEADER)


def describe(found: Sequence[FoundSecret]) -> list[str]:
    """Return where the first secrets are and of which kind, and how many more there are.

    No sign of a value follows the name: messages are redacted, and would lose the kind.
    """
    shown = [
        f"{one.file}, line {one.line}: "
        f"{f'#{one.interaction} ' if one.interaction else ''}{one.position} "
        f"({one.kind} of {one.length} characters)"
        for one in found[:_MOST_SHOWN]
    ]
    more = len(found) - len(shown)
    return [*shown, f"and {more:,} more"] if more else shown
