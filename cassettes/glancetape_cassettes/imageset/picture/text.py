"""Write values of images into HTML: shortened, and escaped whatever they contain."""

from html import escape

_LONG = 48  # characters in a row; a narrow screen shows fewer
_LONGEST = 200  # in a tooltip


def shown(value: str, most: int = _LONG) -> str:
    """Return a value as one line of escaped, printable text of at most `most` characters."""
    text = value if len(value) <= most else f"{value[: most - 1]}…"
    return escape("".join(_printable(one) for one in text))


def _printable(character: str) -> str:
    """Return control characters, and those that turn the direction of text, as their code."""
    if character.isprintable():
        return character
    return " " if character.isspace() else character.encode("unicode_escape").decode()


def in_tooltip(value: str) -> str:
    """Return a value for a tooltip, which has room for more of it."""
    return shown(value, _LONGEST) if value else "(empty)"


def named(value: str) -> str:
    """Return a value as an element that its text direction cannot leave."""
    if not value:
        return '<i class="soft">(empty)</i>'
    return f'<bdi title="{in_tooltip(value)}">{shown(value)}</bdi>'


def percent(part: int, whole: int) -> str:
    """Return a share in whole percent: 0% only for nothing, 100% only for everything."""
    if not part or not whole:
        return "0%"
    share = 100 * part / whole
    if share < 1:
        return "&lt;1%"
    return "&gt;99%" if 99 < share < 100 else f"{share:.0f}%"


def sized(nbytes: int) -> str:
    """Return the size of a file: 19 MB."""
    size, units = float(nbytes), iter(("bytes", "kB", "MB", "GB"))
    unit = next(units)
    while size >= 1000 and (larger := next(units, "")):
        size, unit = size / 1000, larger
    return f"{size:,.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"


def length(share: float) -> str:
    """Return a share of a length for SVG: 33.333%."""
    return f"{100 * share:.3f}".rstrip("0").rstrip(".") + "%"
