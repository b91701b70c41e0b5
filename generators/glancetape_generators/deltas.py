"""Write what changes in a region between two times: NDJSON, one event a line, the earliest first.

    {"event":"created","at":"2026-03-01T10:00:00Z","image":{...}}
    {"event":"updated","at":"2026-03-01T12:30:00Z","image":{...}}   the image after the change
    {"event":"deleted","at":"2026-03-02T01:00:00Z","image":{...}}   the image before it

An image has one event at most: what is different at the end. So the images of the first time, with
these events played on them, are the images of the second.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from glancetape_cassettes.imageset.making.listed_images import BLOCK
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_generators.columns.images import Images
from glancetape_generators.columns.text_columns import write_times
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.generating import Progress
from glancetape_generators.least_count import check_count
from glancetape_generators.sampling.draws import Ints
from glancetape_generators.spec.spec import Spec
from glancetape_generators.world.fixed import record_numbers
from glancetape_generators.world.world import World

EVENTS = ("created", "updated", "deleted")
_CREATED, _UPDATED, _DELETED = range(len(EVENTS))


def generate_delta(
    spec: Spec,
    count: int,
    seed: int,
    times: tuple[int, int],
    out: Path,
    *,
    force: bool = False,
    progress: Progress = lambda *_: None,
) -> Mapping[str, int]:
    """Write what changes from the first of two times to the second; return how often, by event.

    `count` and errors are those of `generate_set`.
    """
    world = World(spec, seed)
    check_count(spec, count, lambda: world)
    before = world.seen_at(times[0])
    after = before.seen_at(times[1])
    with beside(out, force=force) as partial, partial.open("wb") as file:
        found = [_changes(before, after, *part) for part in _parts(count)]
        if not found:
            return dict.fromkeys(EVENTS, 0)
        records, events, moments = map(np.concatenate, zip(*found, strict=True))
        order = np.lexsort((records, moments))
        for start in range(0, len(order), BLOCK):
            some = order[start : start + BLOCK]
            file.write(_lines(before, after, records[some], events[some], moments[some]))
            progress("changes", min(start + BLOCK, len(order)), len(order))
    counted = Counter(events.tolist())
    return {name: counted[number] for number, name in enumerate(EVENTS)}


def _parts(count: int) -> list[tuple[int, int]]:
    return [(start, min(start + BLOCK, count)) for start in range(0, count, BLOCK)]


def _changes(before: World, after: World, start: int, end: int) -> tuple[Ints, Ints, Ints]:
    """Return records that are different, what happened to each, and when."""
    records = record_numbers(np.arange(start, end, dtype=np.int64), len(before.fixed))
    old, new = Images(before, records), Images(after, records)
    was, there = old.lifecycle.is_there, new.lifecycle.is_there
    events = np.full(len(records), -1, np.int64)
    events[there & ~was] = _CREATED
    events[was & ~there] = _DELETED
    events[was & there & (old.updated != new.updated)] = _UPDATED
    moments = np.select(
        [events == _CREATED, events == _DELETED],
        [new.lifecycle.begins, new.lifecycle.deleted],
        new.updated,
    )
    changed = events >= 0
    return records[changed], events[changed], moments[changed]


def _lines(before: World, after: World, records: Ints, events: Ints, moments: Ints) -> bytes:
    lines = np.empty(len(records), object)
    for world, here in ((before, events == _DELETED), (after, events != _DELETED)):
        if here.any():
            lines[here] = WholeImages(Images(world, records[here])).lines()
    return b"".join(
        b'{"event":"%b","at":"%b","image":%b}\n'
        % (EVENTS[event].encode(), moment, line.removesuffix(b"\n"))
        for event, moment, line in zip(
            events.tolist(), write_times(moments).tolist(), lines.tolist(), strict=True
        )
    )
