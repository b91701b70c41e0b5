"""Record mode `all`: what was recorded anew takes the place of the older recording."""

import os
from pathlib import Path

from glancetape_cassettes import layout
from glancetape_cassettes.canonical import Question, host_of, question_of, whose
from glancetape_cassettes.cassette import OwnCassette, read_bytes
from glancetape_cassettes.interaction import Request


def drop_superseded(path: Path, first_new: int) -> int:
    """Remove the interactions before index `first_new` that stand again behind it.

    The file is written anew beside and renamed, so that it is whole at any moment. Gives the
    number of interactions removed. The caller holds the cassette's lock.
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
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            file.write(text[: items.first])
            for index in kept:
                file.write(text[items.starts[index] : ends[index]])
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return len(requests) - len(kept)


def _identity(request: Request) -> tuple[Question, str, str | None]:
    return question_of(request), host_of(request.uri), whose(request.headers)
