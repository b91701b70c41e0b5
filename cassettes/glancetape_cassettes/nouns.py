"""Numbers with their nouns, and long texts, as messages and reports have them."""


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count and its noun: 1 image, 2,000 images, 3 entries.

    >>> counted(2, "entry", "entries")
    '2 entries'
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def shortened(text: str, most: int) -> str:
    """A text, or its first `most` characters and three dots.

    >>> shortened("images", 6), shortened("images", 5)
    ('images', 'image...')
    """
    return text if len(text) <= most else f"{text[:most]}..."
