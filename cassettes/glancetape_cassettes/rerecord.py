"""Record mode `all`: what was recorded anew takes the place of the older recording."""

import contextlib
import os
import shutil
from pathlib import Path

from glancetape_cassettes import layout
from glancetape_cassettes.canonical import Question, host_of, question_of, whose
from glancetape_cassettes.cassette import OwnCassette, read_bytes
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.writer import sync_folder


def drop_superseded(path: Path, first_new: int) -> int:
    """Remove the interactions before index `first_new` that stand again behind it.

    The file is written anew beside and renamed, so that it is whole at any moment. Gives the
    number of interactions removed. The caller holds the cassette's lock. Raises CassetteError
    when an item cannot be read or the file not be replaced; then nothing is removed.
    """
    text = read_bytes(path)
    cassette = OwnCassette(path, text)
    items = layout.find_items(text)
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
    _replace(
        path, [text[: items.first], *(text[items.starts[index] : ends[index]] for index in kept)]
    )
    return len(requests) - len(kept)


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


def _identity(request: Request) -> tuple[Question, str, str | None]:
    return question_of(request), host_of(request.uri), whose(request.headers)
