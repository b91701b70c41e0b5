"""Numbers with their nouns, as messages and reports have them."""


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count and its noun: 1 image, 2,000 images, 3 entries.

    >>> counted(2, "entry", "entries")
    '2 entries'
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
