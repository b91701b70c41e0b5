"""Names of files to write. Nothing that is written is compressed, so no name may promise it."""

from pathlib import Path

_COMPRESSED = frozenset((".gz", ".bz2", ".xz", ".zst", ".zip"))


def why_not_plain(path: Path) -> str:
    """Return why no file with this name is written, as a sentence; "" for any other name.

    >>> why_not_plain(Path("tape.yaml.gz"))
    'tape.yaml.gz: what is made is not compressed; leave out .gz.'
    """
    if path.suffix.lower() not in _COMPRESSED:
        return ""
    return f"{path}: what is made is not compressed; leave out {path.suffix}."
