"""Names of files: how they are shown, and which ones are written.

A file is written whole or not at all, as plain text or an image set. So none has the name of a
compressed file, and `-` is not standard output, as it is elsewhere.
"""

import os
import shlex
from pathlib import Path

_COMPRESSED = frozenset((".gz", ".bz2", ".xz", ".zst", ".zip"))


def why_not_plain(path: Path) -> str:
    """Return why no file of this name is written, as a sentence; "" for any other name.

    >>> why_not_plain(Path("new.yaml.gz"))
    'new.yaml.gz: what is made is not compressed; leave out .gz.'
    """
    if path.name == "-":
        return f"{path}: the output is a file, which is written whole or not at all; name one."
    if path.suffix.lower() not in _COMPRESSED:
        return ""
    return f"{path}: what is made is not compressed; leave out {path.suffix}."


def is_same_file(one: Path | str, other: Path | str) -> bool:
    """Whether two names lead to one file, by a link or spelled otherwise; both have to be there."""
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):  # one of them does not exist, or is not the name of a file
        return False


def shown_name(path: Path) -> str:
    """The name of a file in one line of text, for headers of answers and for reports."""
    text = as_text(path.name)
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def as_text(name: str) -> str:
    r"""A name or a command as text; bytes that are not UTF-8 are escaped: `n\xf6.yaml`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def word_of(name: Path | str) -> str:
    """A file's name, or another word, as a command in a message has it: people copy that.

    >>> print(word_of("a b.yaml"), word_of("-x.yaml"))
    'a b.yaml' ./-x.yaml
    """
    text = str(name)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
