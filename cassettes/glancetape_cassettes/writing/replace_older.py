"""Record mode `all`: what is recorded again replaces the older recording.

    before                      after
    1  limit=1  (older)         1  limit=2  (older)
    2  limit=2  (older)         2  limit=1  (newer)
    3  limit=1  (newer)

Two recordings that differ only in dates and request ids say the same, and then the newer one is
written as the older was: a diff shows what changed in the cloud, and nothing else. If that would
leave lists with dates that are hours apart, all are written with their new dates: such pages are no
walk.
"""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from glancetape_cassettes.dates import NEVER, timestamp_of
from glancetape_cassettes.errors import CassetteError, ImageSetError
from glancetape_cassettes.formats import own_layout
from glancetape_cassettes.formats.opened.own_cassette import OwnCassette
from glancetape_cassettes.formats.regular_file import read_bytes
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.callers import Caller, CallerKind, caller_of
from glancetape_cassettes.replaying.question import Question, host_of, question_of
from glancetape_cassettes.replaying.timeline import MOST_APART
from glancetape_cassettes.service import is_image_list
from glancetape_cassettes.writing.writer import sync_folder

# Lines of an item that differ in each recording, whatever the cloud answers.
_PASSING = re.compile(
    rb"^(?:  recorded_at: .*|"
    rb"      (?i:date|x-openstack-request-id|x-request-id|x-sdk-date|x-auth-token|authorization):"
    rb"\n      - .*)\n",
    re.MULTILINE,
)


def drop_superseded(path: Path, first_new: int) -> int:
    """Remove the interactions before index `first_new` that were recorded again; return how many.

    The new content is written beside the file and renamed, so the file is whole at any moment.
    The caller holds the cassette's lock. Raises CassetteError when an item cannot be read or the
    file cannot be replaced; then nothing is removed.
    """
    text = read_bytes(path)
    cassette = OwnCassette(path, text)
    items = own_layout.find_items(text)
    asked = [_identity(cassette.request(index)) for index in range(len(cassette))]
    recorded_again = set(asked[first_new:])
    kept = [
        index
        for index, identity in enumerate(asked)
        if index >= first_new or identity not in recorded_again
    ]
    if len(kept) == len(asked):
        return 0
    ends = [*items.starts[1:], items.end]
    texts = [text[start:end] for start, end in zip(items.starts, ends, strict=True)]
    older = dict(zip(asked[:first_new], texts, strict=False))
    parts = [_older_if_same(texts[index], older.get(asked[index])) for index in kept]
    lists = [
        place
        for place, index in enumerate(kept)
        if index >= first_new and is_image_list(asked[index][0].path)
    ]
    if _are_apart([parts[place] for place in lists]):
        for place in lists:
            parts[place] = texts[kept[place]]
    replace_file(path, [text[: items.first], *parts])
    return len(asked) - len(kept)


def _identity(request: Request) -> tuple[Question, str, Caller | CallerKind | None]:
    """Return what two recordings share when the newer one replaces the older one."""
    caller = caller_of(request.headers)
    if caller is not None and caller.project is None:
        return question_of(request), host_of(request.uri), caller.kind  # a token lasts for one run
    return question_of(request), host_of(request.uri), caller


def _older_if_same(new: bytes, old: bytes | None) -> bytes:
    if old is not None and _PASSING.sub(b"", old) == _PASSING.sub(b"", new):
        return old
    return new


def _are_apart(items: Sequence[bytes]) -> bool:
    """Whether any of these lists were recorded too far apart to be pages of one walk."""
    dates = [timestamp_of(own_layout.read_date(one, 0, len(one)) or "") for one in items]
    known = [one for one in dates if one != NEVER]
    return bool(known) and max(known) - min(known) > MOST_APART


def replace_file(path: Path, parts: Sequence[bytes]) -> None:
    """Write a file whole or not at all; one that is there is replaced. Raises CassetteError."""
    try:
        with beside(path, force=True) as new:
            with new.open("wb") as file:
                file.writelines(parts)
            if path.exists():
                shutil.copymode(path, new)
    except ImageSetError as error:
        raise CassetteError(str(error)) from error
    sync_folder(Path(os.path.realpath(path)).parent)
