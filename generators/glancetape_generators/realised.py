"""The shares of images made with a seed, next to those of the spec: the end of `--explain`."""

from collections.abc import Iterator, Mapping

import numpy as np

from glancetape_generators.columns.images import Images
from glancetape_generators.columns.naming import Naming
from glancetape_generators.columns.text_columns import TextColumns
from glancetape_generators.sampling.draws import Flags, Share
from glancetape_generators.spec.explaining import Line, shown
from glancetape_generators.spec.percentages import percentage, percentages
from glancetape_generators.spec.spec import WAYS, Spec
from glancetape_generators.world.field_tables import (
    FILE,
    GOLD,
    INSTANCE,
    KIND_NAMES,
    NO_WAY,
    OS_TYPES,
)
from glancetape_generators.world.fixed import FIRST_FIXED, record_numbers
from glancetape_generators.world.world import World

MOST = 20_000
"""The largest number of images that are made and counted."""

_SHOWN = 6  # of the most frequent things
_MOST_OF_A_NAME = 20


def realised(spec: Spec, count: int, seed: int) -> str:
    """Return aligned lines: the flavour, and shares of the first images of a spec and a seed.

    `  platforms  Ubuntu 26.1% (26%)`: what comes out, and in brackets what the spec asks for.
    """
    world = World(spec, seed)
    number = min(count, MOST)
    images = Images(world, record_numbers(np.arange(number), len(world.fixed))).living()
    lines = [*_lines(spec, images)]
    width = max(len(name) for name, _ in lines)
    title = f"made with seed {seed}" + (f", the first {number:,}" if number < count else "")
    return "\n".join([title, *(f"  {name:{width}}  {value}" for name, value in lines)])


def _lines(spec: Spec, images: Images) -> Iterator[Line]:
    tenants = images.is_tenants
    yield "kinds", _shares(images.kind, KIND_NAMES, images.kind != GOLD, spec.kinds)
    yield "made from", _shares(images.way, WAYS, tenants & (images.way < NO_WAY), spec.made)
    yield "status", _shares(images.status, images.world.status_names, tenants, spec.statuses)
    yield from _parents(spec, images)
    yield from _projects(spec, images)
    yield from _systems(spec, images)
    yield from _names(spec, images)
    tagged = images.draws.percent_evenly("tags", spec.tags.share)
    if spec.tags.share:
        yield "tagged", _share(tagged, tenants, spec.tags.share)
    yield from _disks(spec, images)
    yield from _properties(spec, images)


def _systems(spec: Spec, images: Images) -> Iterator[Line]:
    rows = images.world.systems.rows
    for name, wanted in (("platform", spec.platforms), ("version", spec.versions)):
        listed = list(dict.fromkeys(getattr(row, name) for row in rows))
        places = {text: place for place, text in enumerate(listed)}
        of_rows = np.array([places[getattr(row, name)] for row in rows])
        having = (
            images.is_tenants & np.array([bool(getattr(row, name)) for row in rows])[images.system]
        )
        if wanted and name == "platform":
            yield "platforms", _shares(of_rows[images.system], listed, having, wanted)
        # The share of a version is that among the listed ones of its platform.
        for platform in dict.fromkeys(row.platform for row in rows) if name == "version" else ():
            of_platform = dict.fromkeys(row.version for row in rows if row.platform == platform)
            of_it = {version: wanted[version] for version in of_platform if version in wanted}
            here = having & np.array([row.platform == platform for row in rows])[images.system]
            if of_it:
                yield "versions", _shares(of_rows[images.system], listed, here, of_it)


def _parents(spec: Spec, images: Images) -> Iterator[Line]:
    """Yield what instances were made from.

    How many were made from an image of their project, then which public ones for each platform with
    weights.
    """
    instances = images.is_tenants & (images.way == INSTANCE)
    if spec.parents.own is not None and instances.any():
        yield "own parents", _share(images.has_own_parent, instances, spec.parents.own)
    catalogue, popular = images.world.catalogue, spec.parents.popular
    if not popular or not len(catalogue):
        return
    parents = images.parents
    number = images.of_parents(catalogue.number(parents.drafts.turn))
    is_public = (parents.kind == GOLD) & (parents.records < FIRST_FIXED)
    made = images.is_tenants[images.has_parent] & images.of_parents(is_public)
    names = [one.name for one in catalogue.images]
    for platform in dict.fromkeys(one.system.platform for one in catalogue.images):
        of_it = np.array([one.system.platform == platform for one in catalogue.images])
        wanted = {
            one.name: popular[one.name]
            for one in catalogue.images
            if one.system.platform == platform and popular.get(one.name)
        }
        if wanted:
            yield "parents", _shares(number, names, made & of_it[number], wanted)


def _projects(spec: Spec, images: Images) -> Iterator[Line]:
    for project, one in list(spec.projects.named.items())[:_SHOWN]:
        here = images.owner == images.world.cast.named[project]
        yield "project", f"{shown(project)} {_share(here, images.is_tenants, one.share)}"


def _names(spec: Spec, images: Images) -> Iterator[Line]:
    naming, world, tenants = Naming(images), images.world, images.is_tenants
    patterns = {shown(pattern): weight for pattern, weight in spec.names.patterns.items()}
    if len(patterns) == len(spec.names.patterns):
        yield "names", _shares(naming.pattern, list(patterns), tenants, patterns)
    if spec.names.nulls:
        yield "no name", _share(~TextColumns(images).is_named, tenants, spec.names.nulls)
    if spec.apps:
        apps = [text.decode() for text in world.apps.texts.tolist()]
        yield (
            "apps",
            _shares(naming.app, apps, tenants & world.shows_app[naming.pattern], spec.apps),
        )


def _disks(spec: Spec, images: Images) -> Iterator[Line]:
    """Yield the disks of uploads; other images have a disk at least as large as their parent's."""
    sizes = [f"{size} GB" for size in images.world.disk_sizes]
    uploads = images.is_tenants & (images.way == FILE)
    if not any(one.target == "min_disk" for one in spec.given):
        for os_type in ("Linux", "Windows"):
            here = uploads & (images.os_type == OS_TYPES.index(os_type))
            wanted = {f"{size} GB": weight for size, weight in spec.disks[os_type].items()}
            yield "min_disk", f"{os_type} from files: {_shares(images.disk, sizes, here, wanted)}"


def _properties(spec: Spec, images: Images) -> Iterator[Line]:
    for name, one in list(spec.properties.items())[:_SHOWN]:
        table = images.world.properties[name]
        rows = images.extras[table.name]
        of_kinds = np.isin(images.kind, [KIND_NAMES.index(kind) for kind in one.kinds])
        share = _share(rows > 0, of_kinds, one.share)
        values = [shown(row.get(name)) if row else "" for row in table.table.rows]
        wanted = {shown(value): weight for value, weight in one.values.items()}
        if any(given.target == name for given in spec.given):
            yield shown(name, _MOST_OF_A_NAME), share
        else:
            listed = _shares(rows, values, of_kinds & (rows > 0), wanted)
            yield shown(name, _MOST_OF_A_NAME), f"{share}: {listed}"


def _share(having: Flags, among: Flags, wanted: Share | None) -> str:
    found = percentage(int(np.count_nonzero(having & among)), int(np.count_nonzero(among)))
    return found if wanted is None else f"{found} ({percentage(wanted, 100)})"


def _shares(
    numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    names: "list[str] | tuple[str, ...]",
    among: Flags,
    wanted: Mapping[str, int],
) -> str:
    counts = np.bincount(numbers[among], minlength=len(names))
    found = dict(zip(names, counts.tolist(), strict=False))
    listed = sorted({**found, **wanted}, key=lambda name: -found.get(name, 0))
    made = percentages([found.get(name, 0) for name in listed])
    asked = dict(zip(wanted, percentages(list(wanted.values())), strict=True))
    shown_ones = [
        f"{name} {share} ({asked[name]})"
        for name, share in zip(listed, made, strict=True)
        if name in wanted and (wanted[name] or found.get(name))
    ]
    return ", ".join(shown_ones[:_SHOWN])
