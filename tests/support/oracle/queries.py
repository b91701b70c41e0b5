"""Seeded list queries, well-formed and malformed, in the encodings that clients use."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from support.drawn.rolls import Roll, octets
from support.oracle.odd_values import (
    BAD_SORTS,
    BAD_TEXTS,
    FAILING,
    LIMITS,
    MARKERS,
    MEMBER_STATUSES,
    NUMBERS,
    ODD_PARAMETERS,
    OPERATORS,
    PLAIN,
    RANGED,
    RAW,
    SORT_KEYS,
    TEXTS,
    TIMES,
    VISIBILITIES,
)

Image = Mapping[str, Any]
Pairs = list[tuple[str, str]]
Maker = Callable[[Random, Sequence[Image]], Pairs]


def random_queries(images: Sequence[Image], count: int, seed: int) -> Iterator[str]:
    """Yield raw query strings; their values are drawn from the images as often as not."""
    for number in range(count):
        yield random_query(Random(f"{seed}/{number}"), images)


def random_query(rng: Random, images: Sequence[Image]) -> str:
    """Return one query: mostly a few good filters and a page, now and then something odd."""
    if rng.random() < 0.04:
        raw = rng.choice(RAW)
        return raw if rng.random() < 0.6 else join(rng, [raw, *encode(rng, good(rng, images))])
    pairs = good(rng, images)
    if rng.random() < 0.3:
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            pairs += rng.choice(BAD)(rng, images)
    if pairs and rng.random() < 0.1:
        name, _ = rng.choice(pairs)
        pairs += [pair for pair in good(rng, images) if pair[0] == name] or [rng.choice(pairs)]
    if rng.random() < 0.4:
        rng.shuffle(pairs)
    return join(rng, encode(rng, pairs))


def good(rng: Random, images: Sequence[Image]) -> Pairs:
    """Return parameters that are all right, in the order that people write them in."""
    pairs: Pairs = []
    for maker in rng.choices(FILTERS, k=rng.choice((0, 0, 1, 1, 1, 2, 2, 3))):
        pairs += maker(rng, images)
    for maker, chance in ((sorting, 0.5), (limit, 0.6), (marker, 0.35)):
        if rng.random() < chance:
            pairs += maker(rng, images)
    return pairs


def encode(rng: Random, pairs: Pairs) -> list[str]:
    """Encode names and values in one of the ways that clients do."""
    way = rng.randrange(5)
    if way == 0:
        return [f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs]
    if way == 1:
        return [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs]
    if way == 2:
        return [f"{quote(name)}={quote(value, safe=':,=/')}" for name, value in pairs]
    if way == 3:  # raw text, but for what would end the value
        table = str.maketrans({sign: quote(sign) for sign in "&;+%#"})
        return [f"{name.translate(table)}={value.translate(table)}" for name, value in pairs]
    return [f"{name}={quote_plus(value)}" if value else quote(name) for name, value in pairs]


def join(rng: Random, parts: list[str]) -> str:
    """Join encoded parameters, at times by a semicolon or with nothing between two separators."""
    chance = rng.random()
    if chance < 0.9:
        return "&".join(parts)
    return (";" if chance < 0.95 else "&&").join(parts) + rng.choice(("", "&", ";"))


def draw(rng: Random, images: Sequence[Image], name: str) -> str:
    """Return what some image has under the name, as it would be asked for."""
    return _text(rng.choice(images).get(name) if images else None)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def text_filter(rng: Random, images: Sequence[Image]) -> Pairs:
    name = rng.choice(TEXTS)
    value = draw(rng, images, name)
    way = rng.randrange(4)
    if way == 0:
        return [(name, f"eq:{value}")]
    if way == 1:
        values = [value, *(draw(rng, images, name) for _ in range(rng.randrange(4)))]
        return [(name, "in:" + ",".join(protect(rng, text) for text in values))]
    return [(name, value)]


def protect(rng: Random, text: str) -> str:
    """Quote an element of a list where it must be, and now and then elsewhere."""
    if '"' in text:
        return text.replace('"', '\\"')
    return f'"{text}"' if "," in text or rng.random() < 0.2 else text


def plain_filter(rng: Random, images: Sequence[Image]) -> Pairs:
    name = rng.choice(PLAIN)
    return [(name, draw(rng, images, name))]


def property_filter(rng: Random, images: Sequence[Image]) -> Pairs:
    if not images:
        return [("__os_type", "Linux")]
    image = rng.choice(images)
    names = [name for name in image if name.startswith("__") or "_env" in name or "hw_" in name]
    name = rng.choice([*names, "enterprise_project_id"])
    return [(name, draw(rng, [image] if rng.random() < 0.7 else images, name))]


def tag_filter(rng: Random, images: Sequence[Image]) -> Pairs:
    tags = list(rng.choice(images).get("tags", ())) if images else []
    tags = tags[: rng.choice((1, 1, 2, 3))] or [rng.choice(("a=b", "a.b", "none", ""))]
    return [("tag", f" {tag} " if rng.random() < 0.1 else tag) for tag in tags]


def time_filter(rng: Random, images: Sequence[Image]) -> Pairs:
    name = rng.choice(("created_at", "updated_at"))
    time = draw(rng, images, rng.choice(("created_at", "updated_at")))
    if rng.random() < 0.2:
        time = time.replace("T", " ").removesuffix("Z")
    word = rng.choice(OPERATORS)
    return [(name, time if word == "eq" and rng.random() < 0.5 else f"{word}:{time}")]


def range_filter(rng: Random, images: Sequence[Image]) -> Pairs:
    name = rng.choice(RANGED[:4])
    ends = rng.choice((("_min",), ("_max",), ("_min", "_max")))
    return [(name + end, draw(rng, images, name) or "0") for end in ends]


def view_filter(rng: Random, images: Sequence[Image]) -> Pairs:
    visibility = ("visibility", rng.choice(VISIBILITIES))
    status = ("member_status", rng.choice(MEMBER_STATUSES))
    return rng.choice(([visibility], [visibility, status], [status], [status, visibility]))


def flag_filter(rng: Random, images: Sequence[Image]) -> Pairs:
    return [(rng.choice(("protected", "os_hidden", "os_hidden")), rng.choice(("true", "false")))]


def sorting(rng: Random, images: Sequence[Image]) -> Pairs:
    keys = rng.sample(SORT_KEYS, rng.choice((1, 1, 1, 2, 3)))
    directions = [rng.choice(("asc", "desc")) for _ in keys]
    way = rng.randrange(4)
    if way == 0:
        ends = ["" if rng.random() < 0.3 else f":{direction}" for direction in directions]
        return [("sort", ",".join(map("".join, zip(keys, ends, strict=True))))]
    if way == 1:
        return [("sort_dir", directions[0])]
    if way == 2:
        return [("sort_key", key) for key in keys] + [("sort_dir", directions[0])][: len(keys) % 2]
    pairs = zip(keys, directions, strict=True)
    return [pair for key, word in pairs for pair in (("sort_key", key), ("sort_dir", word))]


def limit(rng: Random, images: Sequence[Image]) -> Pairs:
    return [("limit", rng.choice(("0", "1", "2", "5", "10", "25", "100", "1000")))]


def marker(rng: Random, images: Sequence[Image]) -> Pairs:
    known = [image for image in images if image["visibility"] == "public"]
    return [("marker", draw(rng, known if rng.random() < 0.6 else images, "id"))]


def bad_text(rng: Random, images: Sequence[Image]) -> Pairs:
    return [(rng.choice(TEXTS), rng.choice(BAD_TEXTS))]


def bad_number(rng: Random, images: Sequence[Image]) -> Pairs:
    name = rng.choice(RANGED) + rng.choice(("_min", "_max"))
    if rng.random() < 0.5:
        name = rng.choice(PLAIN[-4:])
    return [(name, rng.choice(NUMBERS))]


def bad_time(rng: Random, images: Sequence[Image]) -> Pairs:
    word = rng.choice(("", "", *(f"{word}:" for word in (*OPERATORS, "foo", "in", "GT", ""))))
    return [(rng.choice(("created_at", "updated_at", "name")), word + rng.choice(TIMES))]


def bad_limit(rng: Random, images: Sequence[Image]) -> Pairs:
    return [("limit", rng.choice(LIMITS))]


def bad_sorting(rng: Random, images: Sequence[Image]) -> Pairs:
    return [rng.choice(BAD_SORTS)]


def odd_parameter(rng: Random, images: Sequence[Image]) -> Pairs:
    return [rng.choice(ODD_PARAMETERS)]


def failing(rng: Random, images: Sequence[Image]) -> Pairs:
    return [rng.choice(FAILING)]


def bad_marker(rng: Random, images: Sequence[Image]) -> Pairs:
    known = draw(rng, images, "id")
    return [("marker", rng.choice((*MARKERS, known.upper(), known.replace("-", ""))))]


def operator_on_anything(rng: Random, images: Sequence[Image]) -> Pairs:
    name = rng.choice((*PLAIN, "__os_type", "owner", "protected", "tag", "visibility"))
    return [(name, rng.choice(("eq:", "in:", "neq:")) + draw(rng, images, name))]


FILTERS: Sequence[Maker] = (
    *(text_filter, text_filter, plain_filter, property_filter, property_filter, tag_filter),
    *(time_filter, time_filter, range_filter, view_filter, view_filter, flag_filter),
)
BAD: Sequence[Maker] = (
    *(bad_text, bad_number, bad_time, bad_limit, bad_sorting, odd_parameter, odd_parameter),
    *(failing, bad_marker, operator_on_anything),
)


def queries(images: Sequence[Image]) -> st.SearchStrategy[str]:
    """Return a hypothesis strategy of such queries; a failing one shrinks to few parameters."""
    return _DRAWN.map(lambda drawn: _query_of(drawn, images))


# A name, an operator and a value that other queries or the images have; or a text as the value.
_PARAMETER = st.tuples(octets(4), st.one_of(st.none(), st.text(max_size=6)))
# A seed, and how many parameters of its query are left.
_SEEDED = st.tuples(octets(8), st.sampled_from((1, 2, 3, *[99] * 9)))
_DRAWN = st.one_of(st.lists(_PARAMETER, max_size=4), _SEEDED)
_OPERATORS = ("", "", "", *(f"{word}:" for word in (*OPERATORS, "in")))
_NAMES = (
    {"limit", "marker", "sort", "sort_key", "sort_dir", "tag", "member_status"}
    | {name for name, _ in (*ODD_PARAMETERS, *FAILING)}
    | {f"{name}{end}" for name in ("size", "name", "created_at") for end in ("_min", "_max")}
)
_VALUES = {
    *("", "asc", "desc", "name:asc,size", "true", "false", *SORT_KEYS, *VISIBILITIES),
    *(*MEMBER_STATUSES, *BAD_TEXTS, *TIMES, *NUMBERS, *LIMITS[:20]),
}


def _query_of(drawn: Any, images: Sequence[Image]) -> str:
    if isinstance(drawn, tuple):
        seed, kept = drawn
        return "&".join(random_query(Random(seed), images).split("&")[:kept])
    some = images if len(images) <= 20 else Random(0).sample(images, 20)
    names = sorted(_NAMES.union(*some))
    values = sorted(_VALUES | {_text(value) for image in some for value in _single(image)})
    parts = []
    for picked, text in drawn:
        roll = Roll(picked)
        name, operator = roll.pick(names), roll.pick(_OPERATORS)
        value = roll.pick(values) if text is None else text
        parts.append(f"{quote_plus(name)}={quote_plus(operator + value)}")
    return "&".join(parts)


def _single(image: Image) -> Iterator[object]:
    yield from image.values()
    yield from image.get("tags", ())
