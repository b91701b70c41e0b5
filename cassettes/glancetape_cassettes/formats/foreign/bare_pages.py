"""Answers that were saved without their heads: a page of images, a list of pages, a folder.

| file | what was asked |
|---|---|
| `{"images": [...]}` | `--url`; of a service, with the query of the page's `first` |
| `[{"images": [...], "next": ...}, ...]` | `--url` for the first page, then the `next` of each |
| a folder whose paths are URLs | `--url`, and the path below it |

In a folder, `GET/image/v2/images/limit=1/marker=ID/response.json` is the answer to
`GET /image/v2/images?limit=1&marker=ID`. A folder called like a method begins the path,
`NAME=VALUE` is a part of the query, and a file is called `response.json`, `index.json`, or like the
last part of the path. All answers are 200, and have no date.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import WRITERS
from glancetape_cassettes.formats.foreign.foreign_entries import (
    Entries,
    Entry,
    ForeignFormat,
    LeftOut,
    Unusable,
)
from glancetape_cassettes.formats.foreign.page_links import (
    check_first,
    is_page,
    url_of_first,
    url_of_next,
)
from glancetape_cassettes.formats.foreign.plain_text import json_in, read_raw
from glancetape_cassettes.formats.http_form import fault_of_url
from glancetape_cassettes.formats.repeated_names import json_with_repeated
from glancetape_cassettes.interaction import Interaction, Request, Response

_IMAGES = re.compile(rb'"images"\s*:\s*\[')
_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
_FILE_NAMES = frozenset(("response", "index", "body"))
_MOST_FILES = 100_000
_DIGITS = re.compile(r"(\d+)")
_JSON = (("Content-Type", "application/json"),)
_OF_OTHER_LIST = "its 'first' is not that of the first page, so it is a page of another list"
_UNKNOWN = "no 'next' of a page before it shows what was asked"


def _looks_like_page(head: bytes, _: Path) -> bool:
    return head.lstrip()[:1] in (b"{", b"[") and _IMAGES.search(head) is not None


def _read_pages(path: Path, url: str | None) -> Entries:
    raw = read_raw(path)
    try:
        value, names = json_with_repeated(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        value, names = None, iter(())
    if value is None:
        raise CassetteError(
            f"{path}: looks like a page of images, but is not complete JSON. It may have been cut "
            "off; save it again."
        )
    pages = value if isinstance(value, list) else [value]
    if not pages or not all(map(is_page, pages)):
        raise CassetteError(
            f"{path}: looks like a page of images, but has no list 'images' at its top."
        )
    url = _given(path, url, "a page of images", "http://glance:9292/v2/images?limit=25")
    if isinstance(value, list):
        for name in names:  # the pages are written again; one by itself is as it was sent
            raise CassetteError(f"{path}, {name}.")
        texts = [WRITERS["spaced"](one).encode() for one in pages]
    else:
        texts = [raw.strip()]
    yield from _walk(path, url, list(zip(pages, texts, strict=True)))


PAGE = ForeignFormat(
    name="a page of images, or a list of pages",
    looks_like=_looks_like_page,
    read=_read_pages,
    needs_url=True,
)


def _given(path: Path, url: str | None, what: str, example: str) -> str:
    if url is None:
        raise CassetteError(
            f"{path}: {what}, which does not say what was asked. Pass --url {example!r}"
        )
    return url


def _walk(path: Path, url: str, pages: list[tuple[Any, bytes]]) -> Entries:
    """The pages of one list, each asked for by the `next` of the page before it."""
    asked: str | None = None
    first = None
    for number, (page, text) in enumerate(pages, start=1):
        if number == 1:
            first = page.get("first")
            try:
                asked = url_of_first(url, page)
            except Unusable as error:
                raise CassetteError(f"{path}: {error.reason}.") from None
        if asked is not None and page.get("first") != first:
            yield LeftOut(number, _OF_OTHER_LIST)
            asked = None
            continue
        if asked is None:
            yield LeftOut(number, _UNKNOWN)
            continue
        yield Entry(number, _answer(asked, text))
        asked = url_of_next(asked, page)


def _answer(url: str, body: bytes) -> Interaction:
    return Interaction(Request("GET", url), Response(200, "OK", _JSON, body))


# -- Folders --------------------------------------------------------------------------------------


def _looks_like_folder(_: bytes, path: Path) -> bool:
    return path.is_dir() and any(name.suffix == ".json" for name in _files(path))


def _read_folder(path: Path, url: str | None) -> Entries:
    files = sorted(_files(path), key=_in_order)
    url = _given(path, url, "a folder of answers", "http://glance:9292")
    loose: list[tuple[int, Any, bytes]] = []
    found: dict[int, Entry | LeftOut] = {}
    answers: dict[object, Path] = {}
    for number, file in enumerate(files, start=1):
        try:
            method, asked = _asked_by_path(file.relative_to(path), url)
            body = _json_of(file)
            page = json_in(body)
            if len(file.relative_to(path).parts) == 1 and is_page(page):
                loose.append((number, page, body))  # pages beside each other, not below a URL
                continue
            if method != "GET":
                raise Unusable(f"a folder does not show the status of an answer to {method}")
            check_first(asked, page)
            parts = urlsplit(asked)
            key = unquote(parts.path), tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))
            other = answers.setdefault(key, file)
            if other is not file:
                raise CassetteError(
                    f"{path}: {other.relative_to(path)} and {file.relative_to(path)} both answer "
                    f"GET {asked}. Remove one of them."
                )
        except Unusable as error:
            found[number] = LeftOut(number, error.reason, None, "", error.is_bad)
        else:
            found[number] = Entry(number, _answer(asked, body))
    walk = _walk(path, url, [(page, body) for _, page, body in loose])
    for (number, *_), one in zip(loose, walk, strict=True):
        found[number] = (
            Entry(number, one.interaction)
            if isinstance(one, Entry)
            else LeftOut(number, one.reason)
        )
    yield from (one for _, one in sorted(found.items()))


FOLDER = ForeignFormat(
    name="a folder whose paths are URLs",
    looks_like=_looks_like_folder,
    read=_read_folder,
    needs_url=True,
)


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder and those below it; hidden ones and links are left out."""
    count = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(root, name)
            if name.startswith(".") or file.is_symlink() or not file.is_file():
                continue
            count += 1
            if count > _MOST_FILES:
                raise CassetteError(
                    f"{folder}: more than {_MOST_FILES:,} files; name a folder in it."
                )
            yield file


def _in_order(file: Path) -> list[Any]:
    """A key that puts page-2 before page-10, and the files of a folder before its folders."""
    names = [_key_of(name) for name in file.parts]
    return [*((1, name) for name in names[:-1]), (0, names[-1])]


def _key_of(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name)]


def _json_of(file: Path) -> bytes:
    if file.suffix.lower() != ".json":
        raise Unusable("it is not a JSON file")
    try:
        body = read_raw(file).strip()
    except CassetteError:
        raise Unusable("its file cannot be read, or is empty", is_bad=True) from None
    if json_in(body) is None:
        raise Unusable("its file is not complete JSON", is_bad=True)
    return body


def _asked_by_path(file: Path, url: str) -> tuple[str, str]:
    """The method and URL that a path means. Raises Unusable for one that means none.

    >>> _asked_by_path(Path("GET/v2/images/limit=1/response.json"), "http://glance:9292")
    ('GET', 'http://glance:9292/v2/images?limit=1')
    """
    if not _is_text(file):
        raise Unusable("its path is not text in UTF-8", is_bad=True)
    parts = [*file.parent.parts, file.name[: -len(file.suffix)] if file.suffix else file.name]
    method = "GET"
    if parts[0].upper() in _METHODS:
        method = parts.pop(0).upper()
    if parts and parts[-1].lower() in _FILE_NAMES:
        parts.pop()
    path: list[str] = []
    query: list[str] = []
    for part in parts:
        place, _, after = part.partition("?")
        if "=" in place:
            query.append(place)
        else:
            path.append(place)
        query += [after] if after else []
    given = urlsplit(url)
    below = "/".join([given.path.rstrip("/"), *(quote(one, safe="%:@+,;~") for one in path)])
    asked = given._replace(
        path=below or "/",
        query=quote("&".join([*([given.query] if given.query else []), *query]), safe="%=&:@+,;~/"),
        fragment="",
    )
    if (fault := fault_of_url(asked.geturl())) is not None:
        raise Unusable(fault, is_bad=True)
    return method, asked.geturl()


def _is_text(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
