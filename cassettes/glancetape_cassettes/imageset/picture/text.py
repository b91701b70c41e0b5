"""Values of images as text on a page: cut, and safe whatever they hold."""

from html import escape

_LONG = 48  # characters in a row; a narrow screen shows fewer
_LONGEST = 200  # in a tooltip


def shown(value: str, most: int = _LONG) -> str:
    """Show a value: one line of what can be printed, not too long, escaped."""
    text = value if len(value) <= most else f"{value[: most - 1]}…"
    return escape("".join(_printable(one) for one in text))


def _printable(character: str) -> str:
    """Show control characters, and those that turn the direction of text, by their code."""
    if character.isprintable():
        return character
    return " " if character.isspace() else character.encode("unicode_escape").decode()


def in_tooltip(value: str) -> str:
    """Show a value where there is room for more of it."""
    return shown(value, _LONGEST) if value else "(empty)"


def named(value: str) -> str:
    """Show a value that stands for itself, cut off from the direction of the text around it."""
    if not value:
        return '<i class="soft">(empty)</i>'
    return f'<bdi title="{in_tooltip(value)}">{shown(value)}</bdi>'


def counted(count: int, one: str, many: str = "") -> str:
    """Write a count and what is counted."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def percent(part: int, whole: int) -> str:
    """Write a share in whole percent; little is not nothing, and almost all is not all."""
    if not part or not whole:
        return "0%"
    share = 100 * part / whole
    if share < 1:
        return "&lt;1%"
    return "&gt;99%" if 99 < share < 100 else f"{share:.0f}%"


def sized(nbytes: int) -> str:
    """Write the size of a file."""
    size, units = float(nbytes), iter(("bytes", "kB", "MB", "GB"))
    unit = next(units)
    while size >= 1000 and (larger := next(units, "")):
        size, unit = size / 1000, larger
    return f"{size:,.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"


def length(share: float) -> str:
    """Write a share of a length as SVG takes it."""
    return f"{100 * share:.3f}".rstrip("0").rstrip(".") + "%"
