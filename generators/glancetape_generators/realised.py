"""The shares that come out for a seed, beside what a spec asks for: the end of `--explain`."""

from collections.abc import Iterator, Mapping

import numpy as np

from glancetape_generators.columns.images import Images
from glancetape_generators.sampling.draws import Flags
from glancetape_generators.spec.spec import WAYS, Spec
from glancetape_generators.world.field_tables import GOLD, KIND_NAMES, NO_WAY
from glancetape_generators.world.fixed import record_numbers
from glancetape_generators.world.world import World

MOST = 20_000
"""So many images are looked at."""

_SHOWN = 6  # of the most frequent things


def realised(spec: Spec, count: int, seed: int) -> str:
    """Return aligned lines with the shares of the first images that a spec and a seed make.

    `  platforms  Ubuntu 26.1% (26%)`: what comes out, and in brackets what the spec asks for.
    """
    world = World(spec, seed)
    number = min(count, MOST)
    images = Images(world, record_numbers(np.arange(number), len(world.fixed))).living()
    lines = [*_lines(spec, images)]
    width = max(len(name) for name, _ in lines)
    title = f"made with seed {seed}" + (f", the first {number:,}" if number < count else "")
    return "\n".join([title, *(f"  {name:{width}}  {value}" for name, value in lines)])


def _lines(spec: Spec, images: Images) -> Iterator[tuple[str, str]]:
    tenants = images.is_tenants
    yield "kinds", _shares(images.kind, KIND_NAMES, images.kind != GOLD, spec.kinds)
    yield "made from", _shares(images.way, WAYS, tenants & (images.way < NO_WAY), spec.made)
    yield "status", _shares(images.status, images.world.status_names, tenants, spec.statuses)
    rows = images.world.systems.rows
    for name, wanted in (("platform", spec.platforms), ("version", spec.versions)):
        listed = list(dict.fromkeys(getattr(row, name) for row in rows))
        places = {text: place for place, text in enumerate(listed)}
        of_rows = np.array([places[getattr(row, name)] for row in rows])
        having = tenants & np.array([bool(getattr(row, name)) for row in rows])[images.system]
        if wanted:
            if name == "version":  # of the platforms of which the spec names versions
                known = {row.platform for row in rows if row.version in wanted}
                having &= np.array([row.platform in known for row in rows])[images.system]
            yield f"{name}s", _shares(of_rows[images.system], listed, having, wanted)


def _shares(
    numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    names: "list[str] | tuple[str, ...]",
    among: Flags,
    wanted: Mapping[str, int],
) -> str:
    counts = np.bincount(numbers[among], minlength=len(names))
    found = dict(zip(names, counts.tolist(), strict=False))
    total, weights = max(sum(found.values()), 1), max(sum(wanted.values()), 1)
    listed = sorted(wanted, key=lambda name: -found.get(name, 0))[:_SHOWN]
    return ", ".join(
        f"{name} {100 * found.get(name, 0) / total:.1f}% ({100 * wanted[name] / weights:.4g}%)"
        for name in listed
        if wanted[name] or found.get(name)
    )
