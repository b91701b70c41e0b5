"""Escapes in a query, as Glance reads them: also those that lack a digit.

name=a%20b   a blank, as everywhere
name=a%2     the character 2 (observed: Glance 33): WebOb makes a number of the two bytes after %
name=a%zz    %zz, as everywhere: that is no number

With Python 2 WebOb leaves `%2` as it is, so no answer to such a query is derived.
"""


def unescaped(text: bytes) -> bytes:
    """Return a name or value of a query without its escapes."""
    if b"%" not in text:
        return text
    first, *rest = text.split(b"%")
    return first + b"".join(map(_read, rest))


def _read(after: bytes) -> bytes:
    """Return what an escape stands for, and the rest; `after` is what follows its %."""
    try:
        return bytes((int(after[:2], 16),)) + after[2:]
    except ValueError:
        return b"%" + after
