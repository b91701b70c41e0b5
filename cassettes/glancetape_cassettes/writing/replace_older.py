"""Record mode `all`: what was recorded anew takes the place of the older recording."""

import contextlib
import os
import re
import shutil
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import own_layout
from glancetape_cassettes.formats.cassette import OwnCassette, read_bytes
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.callers import Caller, CallerKind, caller_of
from glancetape_cassettes.replaying.question import Question, host_of, question_of
from glancetape_cassettes.writing.writer import sync_folder

# Lines of an item that differ from one recording to the next, whatever was answered.
_PASSING = re.compile(
    rb"^(?:  recorded_at: .*|"
    rb"      (?i:date|x-openstack-request-id|x-request-id|x-sdk-date|x-auth-token|authorization):"
    rb"\n      - .*)\n",
    re.MULTILINE,
)


def drop_superseded(path: Path, first_new: int) -> int:
    """Remove the interactions before index `first_new` that stand again behind it.

    Of two that say the same, the older stays, so that the difference shows what changed. The
    file is written anew beside and renamed, so that it is whole at any moment. Gives the
    number of interactions removed. The caller holds the cassette's lock. Raises CassetteError
    when an item cannot be read or the file not be replaced; then nothing is removed.
    """
    text = read_bytes(path)
    cassette = OwnCassette(path, text)
    items = own_layout.find_items(text)
    requests = [cassette.request(index) for index in range(len(cassette))]
    anew = {_identity(request) for request in requests[first_new:]}
    kept = [
        index
        for index, request in enumerate(requests)
        if index >= first_new or _identity(request) not in anew
    ]
    if len(kept) == len(requests):
        return 0
    ends = [*items.starts[1:], items.end]
    texts = [text[start:end] for start, end in zip(items.starts, ends, strict=True)]
    older = {_identity(requests[index]): texts[index] for index in range(first_new)}
    parts = [_older_if_same(texts[n], older.get(_identity(requests[n]))) for n in kept]
    _replace(path, [text[: items.first], *parts])
    return len(requests) - len(kept)


def _older_if_same(new: bytes, old: bytes | None) -> bytes:
    """Keep an older recording that differs in times and request ids only: nothing to review."""
    if old is not None and _PASSING.sub(b"", old) == _PASSING.sub(b"", new):
        return old
    return new


def _replace(path: Path, parts: list[bytes]) -> None:
    target = Path(os.path.realpath(path))  # a symbolic link stays one
    beside = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as error:
        raise CassetteError(f"{path}: cannot be replaced: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    sync_folder(target.parent)


def _identity(request: Request) -> tuple[Question, str, Caller | CallerKind | None]:
    caller = caller_of(request.headers)
    if caller is not None and caller.project is None:
        return question_of(request), host_of(request.uri), caller.kind  # a token lasts for one run
    return question_of(request), host_of(request.uri), caller
