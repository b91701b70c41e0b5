"""Fuzzed list queries, and how long the slowest of them takes.

A query is well-formed at first, then perhaps spoilt: bytes that are no text, percent-encodings of
every kind, repeats, huge numbers, long lists, quotes left open.
"""

import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

from benchmarks.data.made_sets import OTHER_PROJECT, PROJECT, MadeSets
from benchmarks.figure import Figure, within
from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES, NUMBERS, TIMES, VISIBILITIES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.sort_keys import SORT_KEYS
from glancetape_cassettes.interaction import Headers

COUNT = 100_000
_IMAGES = 100_000
_SEED = 20
_LONGEST = 8192
"""The longest query, in bytes; servers refuse longer request lines, Glance's with 414."""
_SLOW = 100.0
_AGAIN = 3
_SHOWN = 600

Image = Mapping[str, Any]
Pair = tuple[str, str]

_PROJECTS = (*(PROJECT, OTHER_PROJECT) * 10, "f" * 32, "", None)
_HEADERS = (
    (),
    (("X-Api-Version", "Q.1"),),
    (("Accept", "application/json"),),
    (("Accept", "text/html, */*;q=0.1"),),
    (("Accept", '\x00;;q=,"'), ("X-Api-Version", "\xff")),
)
_OPERATORS = ("", "", "eq:", "neq:", "gt:", "gte:", "lt:", "lte:", "in:", "like:", ":", "IN:")
_DAYS = (
    "2018-09-06T14:00:00Z", "2020-02-30T00:00:00Z", "2019-01-01", "2019-W01-1", "20190101T000000",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2019-06-01T25:61:61Z",
    "2019-06-01T10:00:00.5Z", "2019-06-01 10:00:00+99:99", "2019", "-1", "24:00", "",
)  # fmt: skip
_NUMBERS = (
    "0", "1", "25", "1000", "1001", "-1", "-0", "+7", " 25 ", "1e3", "1.0", "1e400", "0x10",
    "1_000", "٢٥", "nan", "inf", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809", "9" * 40, "9" * 4300, "9" * 4301, "",
)  # fmt: skip
_TEXTS = (
    "", " ", "true", "True", "false", "镜像", "café", "cafe\u0301", "👩\u200d🚀", "a,b", "a:b",
    'say "hi"', "\\", '\\"', "\x00", "\r\n", "%", "%00", "*", "_", "' OR 1=1 --", "null", "None",
    "\ufeff", "\ufffe", "\U0010ffff", "<script>", "<!--", "{}", "%(image_id)s", "a" * 255,
    "é" * 300,
)  # fmt: skip
_ODD_NAMES = (
    "", "_min", "_max", "size_min", "size_max", "min_ram_max", "name_min", "deleted", "deleted_at",
    "is_public", "members", "locations", "tags", "properties", "changes-since", "__class__",
    "__init__", "__table__", "metadata", "self", "file", "schema", "os_hash_value", "sort",
    "x" * 300, "镜像", "a b", "a=b", "\x00", "__isregistered", "limit ", "Limit", "marker",
    "id", "owner",
)  # fmt: skip
_RAW = (
    b"&",
    b"&&",
    b"=",
    b";",
    b"+",
    b"%",
    b"%zz",
    b"%e9",
    b"\xff",
    b"\xc3(",
    b"?",
    b"#",
    b"%00",
    b"=&=",
)


def fuzzed_queries(images: Sequence[Image], count: int, seed: int) -> Iterator[str]:
    """Yield query strings; some of their values are those of the images."""
    for number in range(count):
        rng = Random(f"{seed}/{number}")
        yield _fuzzed(rng, images)[:_LONGEST].decode("utf-8", "surrogateescape")


def _fuzzed(rng: Random, images: Sequence[Image]) -> bytes:
    pairs = [
        rng.choice(_MAKERS)(rng, rng.choice(images)) for _ in range(rng.choice((0, 1, 1, 2, 3, 5)))
    ]
    if pairs and rng.random() < 0.15:
        name, value = rng.choice(pairs)
        pairs += [(name, rng.choice((value, "", rng.choice(_TEXTS))))] * rng.choice((1, 1, 2, 400))
    if rng.random() < 0.1:
        rng.shuffle(pairs)
    query = b"&".join(_encoded(rng, name) + b"=" + _encoded(rng, value) for name, value in pairs)
    while rng.random() < 0.25:
        query = _spoilt(rng, query)
    return query


def _encoded(rng: Random, text: str) -> bytes:
    raw = text.encode()
    way = rng.randrange(8)
    if way == 0:
        return raw
    if way == 1:
        return b"".join(b"%%%02x" % byte for byte in raw)
    if way == 2:
        return quote_from_bytes(raw, safe=":,=/").encode()
    return quote_from_bytes(raw, safe="").encode()


def _spoilt(rng: Random, query: bytes) -> bytes:
    """Change a query somewhere."""
    start = rng.randrange(len(query) + 1)
    end = min(len(query), start + rng.choice((0, 0, 1, 3, 20)))
    new = rng.choice(
        (b"", rng.randbytes(rng.randrange(1, 6)), rng.choice(_RAW), query[start:end] * 3)
    )
    return query[:start] + new + query[end:]


def _filter(rng: Random, image: Image) -> Pair:
    name = rng.choice([*image])
    value = image[name]
    if isinstance(value, list):
        return "tag", rng.choice([*map(str, value), "none"])
    text = {True: "true", False: "false", None: ""}.get(value, str(value))
    return name, text if rng.random() < 0.8 else rng.choice(_TEXTS)


def _operator(rng: Random, image: Image) -> Pair:
    name = rng.choice(("name", "id", "status", "container_format", "disk_format", *TIMES))
    return name, rng.choice(_OPERATORS) + str(image.get(name, ""))


def _time(rng: Random, image: Image) -> Pair:
    moment = image["created_at"] if rng.random() < 0.5 else rng.choice(_DAYS)
    if rng.random() < 0.3:
        moment = moment[: rng.randrange(len(moment) + 1)] + rng.choice(
            ("", "Z", "+00:00", "-23:59", "é")
        )
    return rng.choice(TIMES), rng.choice(_OPERATORS) + moment


def _list(rng: Random, image: Image) -> Pair:
    name = rng.choice(("name", "id", "status", "container_format", "disk_format"))
    parts = [
        rng.choice((str(image.get(name, "")), rng.choice(_TEXTS), f"{rng.getrandbits(32):x}"))
        for _ in range(rng.choice((1, 2, 3, 30, 1500)))
    ]
    style = rng.randrange(4)
    if style == 1:
        parts = [f'"{part}"' for part in parts]
    elif style == 2:
        parts = [rng.choice((part, f'"{part}"', f'"{part}', '"')) for part in parts]
    elif style == 3:
        parts = [f"{number:x}" for number in range(1, len(parts) + 1)]  # all different, short
    return name, rng.choice(("in:", "in:", "in:", "IN:", "eq:")) + ",".join(parts)


def _range(rng: Random, _: Image) -> Pair:
    return rng.choice(NUMBERS) + rng.choice(("", "_min", "_max")), rng.choice(_NUMBERS)


def _paging(rng: Random, image: Image) -> Pair:
    if rng.random() < 0.5:
        return "limit", rng.choice(_NUMBERS)
    return "marker", image["id"] if rng.random() < 0.8 else rng.choice(_TEXTS)


def _sort(rng: Random, _: Image) -> Pair:
    keys = rng.choices(SORT_KEYS, k=rng.choice((1, 1, 2, 3, 8)))
    ways = ("", ":asc", ":desc", ":up", ":", ": asc")
    return rng.choice(
        (
            ("sort", ",".join(key + rng.choice(ways[:3]) for key in keys)),
            ("sort", ",".join(key + rng.choice(ways) for key in [*keys, rng.choice(_TEXTS)])),
            ("sort_key", keys[0]),
            ("sort_key", rng.choice(_TEXTS)),
            ("sort_dir", rng.choice(("asc", "desc", "ASC", ""))),
        )
    )


def _choice(rng: Random, _: Image) -> Pair:
    name, values = rng.choice(
        (
            ("visibility", (*VISIBILITIES, "all", "PUBLIC")),
            ("member_status", (*MEMBER_STATUSES, "all", "")),
            ("os_hidden", ("true", "false", "TRUE", "1")),
            ("protected", ("true", "false", "True", "")),
        )
    )
    return name, rng.choice(values)


def _odd(rng: Random, _: Image) -> Pair:
    return rng.choice(_ODD_NAMES), rng.choice((rng.choice(_TEXTS), rng.choice(_NUMBERS)))


_MAKERS: tuple[Callable[[Random, Image], Pair], ...] = (
    *(_filter,) * 3, _operator, _time, _list, _range, _paging, _paging, _sort, _sort, _choice, _odd,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and who asks it."""

    query: str
    project: str | None
    dialect: str
    headers: Headers


def fuzzed(images: Sequence[Image], count: int, seed: int) -> Iterator[Asked]:
    """Yield queries of several projects, in all dialects."""
    rng = Random(seed)
    for query in fuzzed_queries(images, count, seed):
        yield Asked(query, rng.choice(_PROJECTS), rng.choice(NAMES), rng.choice(_HEADERS))


def measure(made: MadeSets) -> list[Figure]:
    """Ask fuzzed queries; the figures are the slowest answer and the count of exceptions.

    What goes wrong, and the slowest query, are printed on standard error.
    """
    path = made.image_set(_IMAGES)
    failed, slowest, its_query = 0, 0.0, Asked("", None, "", ())
    statuses: Counter[int] = Counter()
    with ImageSet(path) as images:
        sample = [images.image_at(position) for position in range(0, len(images), 97)]
        lister = Lister(images)
        for asked in fuzzed(sample, COUNT, _SEED):
            try:
                status, took = _answer(lister, asked)
                if took > _SLOW:
                    print(f"{took:.0f} ms: {_short(asked)}", file=sys.stderr)
                    took = _at_best(path, asked)
            except Exception:  # noqa: BLE001 - counted, whatever it is
                failed += 1
                print(f"{asked!r}\n{traceback.format_exc()}", file=sys.stderr)
                continue
            statuses[status] += 1
            if took > slowest:
                slowest, its_query = took, asked
    said = ", ".join(f"{count} of {status}" for status, count in sorted(statuses.items()))
    print(f"answers: {said}; the slowest, {slowest:.1f} ms: {_short(its_query)}", file=sys.stderr)
    name = f"{COUNT:,} fuzzed queries of {_IMAGES:,} images"
    return [
        Figure(
            f"{name}, slowest (over the bound: best of {_AGAIN})",
            "ms",
            (slowest,),
            bound=within(_SLOW, "ms"),
        ),
        Figure(f"{name}, exceptions", "", (failed,), bound=within(0, "")),
    ]


def _short(asked: Asked) -> str:
    text = repr(asked)
    return text if len(text) < _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def _answer(lister: Lister, asked: Asked) -> tuple[int, float]:
    """Return the status of an answer and how many ms it took."""
    start = time.perf_counter()
    answer = lister.list_images(asked.query, asked.project, asked.dialect, asked.headers)
    return answer.status, (time.perf_counter() - start) * 1e3


def _at_best(path: Path, asked: Asked) -> float:
    """Time it again, of a set that has nothing worked out yet: a busy machine is slow at times."""
    times = []
    for _ in range(_AGAIN):
        with ImageSet(path) as images:
            times.append(_answer(Lister(images), asked)[1])
    return min(times)
