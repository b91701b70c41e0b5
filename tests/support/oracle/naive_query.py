"""How a list query is read: the plain, slow way of the naive oracle in naive.py."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import unquote_to_bytes

Pairs = list[tuple[str, str]]

SORT_KEYS = "name status container_format disk_format size id created_at updated_at".split()
MEMBER_STATUSES = ("pending", "accepted", "rejected", "all")
ID_LENGTH = 36
LARGEST, SMALLEST = (1 << 63) - 1, -(1 << 63)
UNDECODABLE = (
    "Error decoding your request. Either the URL or the request body contained characters"
    " that could not be decoded by Glance"
)
ERRED = "The server has either erred or is incapable of performing the requested operation."

# 2018, 2018-10, 2018-10-28 (with or without dashes), and from there on hours, minutes, seconds.
TIME = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:(?:-(?P<month>[0-9]{1,2})|(?P<bare_month>[0-9]{2})(?!$))"
    r"(?:(?:-(?P<day>[0-9]{1,2})|(?P<bare_day>[0-9]{2}))"
    r"(?:[ T](?P<hour>[0-9]{2})(?::?(?P<minute>[0-9]{2}))?"
    r"(?::?(?P<second>[0-9]{1,2})(?:[.,](?P<fraction>[0-9]+))?)?"
    r"(?:Z|(?P<sign>[-+])(?P<zone_hour>[0-9]{2}):?(?P<zone_minute>[0-9]{2})?)?"
    r")?)?)?$"
)
NUMBER = re.compile(
    r"[ \t\n\v\f\r]*([-+]?)([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?[ \t\n\v\f\r]*"
)

SHORT_ESCAPE = re.compile(
    rb"%(?:([0-9a-fA-F])(?: |(?=%)|\Z)| ([0-9a-fA-F])|-0)"  # what Python's int() reads
)


class Refused(Exception):
    """An error answer: its status and its text."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def erred() -> Refused:
    """Return the 500 that all programming errors of the server come out as."""
    return Refused(ERRED, 500)


def read_pairs(query: str) -> Pairs:
    """Split a raw query at & and ; and decode it, as names and values in their order."""
    pairs: Pairs = []
    for part in query.encode("utf-8", "surrogateescape").replace(b";", b"&").split(b"&"):
        if part == b"":
            continue
        name, _, value = part.replace(b"+", b" ").partition(b"=")
        try:
            pairs.append((decode(name), decode(value)))
        except UnicodeDecodeError:
            raise Refused(UNDECODABLE) from None
    return pairs


def decode(text: bytes) -> str:
    """Decode a name or a value. Observed: one digit is enough for an escape, a blank beside it too.

    Raises UnicodeDecodeError.
    """
    whole = SHORT_ESCAPE.sub(lambda found: b"%0" + (found[1] or found[2] or b"0"), text)
    return unquote_to_bytes(whole).decode()


def values_of(pairs: Pairs, name: str) -> list[str]:
    """Return all values of a parameter."""
    return [value for given, value in pairs if given == name]


def last_of(pairs: Pairs, name: str) -> str | None:
    """Return the last value of a parameter."""
    values = values_of(pairs, name)
    return values[-1] if values else None


def take_all(pairs: Pairs, name: str) -> list[str]:
    """Remove a parameter wherever it stands and return its values."""
    values = values_of(pairs, name)
    pairs[:] = [pair for pair in pairs if pair[0] != name]
    return values


def take_first(pairs: Pairs, name: str) -> str | None:
    """Remove the first occurrence of a parameter and return its value; further ones stay."""
    for place, (given, value) in enumerate(pairs):
        if given == name:
            del pairs[place]
            return value
    return None


def check_visibility(pairs: Pairs, allowed: Sequence[str]) -> None:
    """Refuse a last visibility that is not allowed; an empty one passes."""
    visibility = last_of(pairs, "visibility")
    if visibility and visibility not in allowed:
        raise Refused(f"Invalid visibility value: {visibility}")


def check_no_changes_since(pairs: Pairs) -> None:
    """Refuse changes-since; an empty one passes for now."""
    if last_of(pairs, "changes-since"):
        raise Refused('The "changes-since" filter is no longer available on v2.')


def check_member_status(status: str) -> None:
    """Refuse a status that members do not have."""
    if status not in MEMBER_STATUSES:
        raise Refused(f"Invalid status: {status}")


def read_limit(text: str) -> int:
    """Read a limit; all that Python takes for an integer is good."""
    try:
        limit = int(text)
    except ValueError:
        raise Refused("limit param must be an integer") from None
    if limit < 0:
        raise Refused("limit param must be positive")
    return limit


def take_order(pairs: Pairs) -> list[tuple[str, str]]:
    """Remove what asks for an order and return it as (key, direction), complete."""
    keys: list[str] = []
    directions: list[str] = []
    sort = take_first(pairs, "sort")
    if sort is not None:
        if values_of(pairs, "sort_key") or values_of(pairs, "sort_dir"):
            raise Refused("Old and new sorting syntax cannot be combined")
        for item in sort.strip().split(","):
            key, _, direction = item.partition(":")
            keys.append(sort_key(key))
            directions.append(sort_direction(direction or "desc"))
    else:
        for key in take_all(pairs, "sort_key"):
            keys.append(sort_key(key))
        for direction in take_all(pairs, "sort_dir"):
            directions.append(sort_direction(direction))
        if len(directions) > 1 and len(directions) != len(keys):
            raise Refused("Number of sort dirs does not match the number of sort keys")
    keys = keys or ["created_at"]
    directions = directions or ["desc"]
    rest = "desc"
    if len(directions) == 1:
        rest = directions[0]
        directions = [rest] * len(keys)
    order = list(zip(keys, directions, strict=True))
    for key in ("created_at", "id"):
        if key not in keys:
            order.append((key, rest))
    return order


def sort_key(text: str) -> str:
    """Return a sort key that exists."""
    key = text.strip()
    if key not in SORT_KEYS:
        one_of = ", ".join(SORT_KEYS)
        raise Refused(f"Invalid sort key: {key}. It must be one of the following: {one_of}.")
    return key


def sort_direction(text: str) -> str:
    """Return a direction that exists."""
    direction = text.strip()
    if direction not in ("asc", "desc"):
        raise Refused(f"Invalid sort direction: {direction}")
    return direction


def read_flag(name: str, text: str) -> bool:
    """Read true or false."""
    if text not in ("true", "false"):
        raise Refused(
            f"Invalid value '{text}' for '{name}' filter. Valid values are 'true' or 'false'."
        )
    return text == "true"


def read_range(text: str) -> int:
    """Read the border of a range."""
    try:
        return int(text)
    except ValueError:
        raise Refused("Unable to filter on a range with a non-numeric value.") from None


def read_operator(text: str) -> tuple[str, str]:
    """Split OPERATOR:VALUE; a time is a value whatever colons it has."""
    if ":" not in text or read_time(text) is not None:
        return "eq", text
    operator, _, value = text.partition(":")
    return operator, value


def read_time(text: str) -> tuple[datetime, timedelta] | None:
    """Read an ISO 8601 time, as the time of its zone and the zone's offset; None if it is none."""
    match = TIME.match(text)
    if match is None:
        return None
    part = match.groupdict(default="")
    try:
        time = datetime(
            int(part["year"]),
            int(part["month"] or part["bare_month"] or 1),
            int(part["day"] or part["bare_day"] or 1),
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            int(Decimal(f"0.{part['fraction'] or 0}") * 1_000_000),
        )
    except ValueError:
        return None
    offset = timedelta(hours=int(part["zone_hour"] or 0), minutes=int(part["zone_minute"] or 0))
    if offset >= timedelta(days=1):
        return None
    return time, -offset if part["sign"] == "-" else offset


def read_utc(name: str, text: str) -> datetime:
    """Read the time of a filter in UTC."""
    time = read_time(text)
    if time is None:
        raise Refused(f'Bad "{name}" query filter format. Use ISO 8601 DateTime notation.')
    try:
        return time[0] - time[1]
    except OverflowError:
        raise erred() from None


def read_list(text: str) -> list[str]:
    """Split the value of in: at its commas; a comma in double quotes does not count."""
    check_quotes(text)
    items: list[str] = []
    place = 0
    while place < len(text):
        closing = find_closing_quote(text, place) if text[place] == '"' else None
        if text[place] == ",":
            items.append("")
        elif closing is not None:
            items.append(text[place + 1 : closing])
            place = closing + 1
        else:
            start = place
            while place < len(text) and text[place] != ",":
                place += 1
            items.append(text[start:place])
        if text[place : place + 1] == ",":
            place += 1
    return items


def check_quotes(text: str) -> None:
    """Refuse quotes that do not enclose a whole item; one behind a backslash is no quote."""
    inside = False
    for place, letter in enumerate(text):
        before, after = text[:place][-1:], text[place + 1 :][:1]
        if letter != '"' or before == "\\":
            continue
        if not inside and before not in ("", ","):
            raise Refused(
                f"Invalid filter value {text}. There is no comma before opening quotation mark."
            )
        if inside and after not in ("", ","):
            raise Refused(
                f"Invalid filter value {text}. There is no comma after closing quotation mark."
            )
        inside = not inside
    if inside:
        raise Refused(f"Invalid filter value {text}. The quote is not closed.")


def find_closing_quote(text: str, opening: int) -> int | None:
    """Return where the quote ends; None if a backslash escapes nothing it could."""
    place = opening + 1
    while place < len(text):
        if text[place] == '"':
            return place
        if text[place] == "\\":
            place += 1
            if text[place : place + 1] in ("", "\n"):
                return None
        place += 1
    return None


def read_number(text: str) -> int | float | None:
    """Return what a number column is compared with: any way to write a number will do."""
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    if match[2].isdigit() and match[3] is None and SMALLEST <= int(text) <= LARGEST:
        return int(text)
    return float(text)
