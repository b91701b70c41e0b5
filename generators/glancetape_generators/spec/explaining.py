"""Describe what a spec will make, before anything is made: expected numbers, from its weights."""

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import fsum
from typing import TypeVar

from glancetape_cassettes.imageset.image_fields import format_time
from glancetape_generators.sampling.draws import Share
from glancetape_generators.spec.percentages import percentage, percentages
from glancetape_generators.spec.spec import Parents, Property, Spec, Tags, Template, Times
from glancetape_generators.spec.statuses import shares_of_statuses
from glancetape_generators.vocabulary.flavours import flavour_named

_MOST_SHOWN = 6  # of the most frequent things
_MOST_LINES = 8  # of keys, patterns, properties
_MOST_CHARACTERS = 40
_MOST_OF_A_KEY = 20
_LARGEST = 10  # projects whose share is summed up
_EPOCH = date(1970, 1, 1).toordinal()

Line = tuple[str, str]
Thing = TypeVar("Thing", bound=Hashable)


def explain(spec: Spec, count: int) -> str:
    """Return what `count` images of a spec will be like, as aligned lines.

    A line is a name and a value: `  made from      instance 60%, file 14%, volume 9%`.
    """
    drawn = max(0, count - len(spec.images))
    in_catalogue = min(spec.catalogue.images, -(-drawn // spec.catalogue.every))
    kinds = spec.kinds
    others = {kind: _part(drawn - in_catalogue, kinds[kind], sum(kinds.values())) for kind in kinds}
    of_tenants = others["private"] + others["shared"]
    lines = [
        ("images", f"{count:,}, flavour {spec.flavour}, region {spec.region}"),
        *_fixed(spec),
        ("  catalogue", _catalogue(spec, in_catalogue)),
        *(
            (f"  {kind}", f"about {number:,}, {percentage(number, count)} of all")
            for kind, number in others.items()
            if number or kinds[kind]
        ),
        ("tenants' images", f"about {of_tenants:,}"),
        ("  made from", _most_frequent(spec.made)),
        *_parents(spec.parents),
        *_statuses(spec),
        ("  projects", _projects(spec, of_tenants)),
        *_windows(spec),
        *_members(spec, others["shared"]),
        *_names(spec),
        *_tags(spec.tags, of_tenants),
        ("platforms", _most_frequent(spec.platforms)),
        ("min_disk", ""),
        *(
            (f"  {disk}", _most_frequent({f"{size} GB": weight for size, weight in sizes.items()}))
            for disk, sizes in spec.disks.items()
        ),
        *_times(spec.times),
        *_moments(spec.moments),
        *_templates(spec.templates),
        *_properties(spec.properties),
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:{width}}  {value}".rstrip() for name, value in lines)


def _fixed(spec: Spec) -> Iterator[Line]:
    if spec.images:
        yield "  fixed", f"{len(spec.images):,}, which come first"


def _part(number: int, weight: Share, total: int) -> int:
    """Return how many of a number of things have a weight among a total, rounded."""
    return int((2 * number * weight + total) // (2 * total))


def _percent(share: Share) -> str:
    return f"{float(share):g}%"


def _catalogue(spec: Spec, number: int) -> str:
    every, images = spec.catalogue.every, spec.catalogue.images
    if not images:
        return "none"
    text = f"{number:,}" if number == images else f"{number:,} of {images:,}"
    return f"{text}: " + (
        f"one in {every:,} records until that number is reached"
        if every > 1
        else "the first records"
    )


def _parents(parents: Parents) -> Iterator[Line]:
    own = "about 10" if parents.own is None else parents.own
    yield (
        "  parents",
        f"{own}% of the same project, others public: the n-th most popular "
        f"as 1 / ({parents.evenness:,} + n)",
    )
    if parents.popular:
        yield "    by name", _most_frequent(parents.popular)


def _statuses(spec: Spec) -> Iterator[Line]:
    if any(weight for status, weight in spec.statuses.items() if status != "active"):
        if not flavour_named(spec.flavour).is_glance:
            yield "  status", _most_frequent(spec.statuses)
            return
        shares, total = shares_of_statuses(spec), sum(spec.statuses.values())
        yield "  status", _most_frequent({name: round(one * 10**6) for name, one in shares.items()})
        if any(
            abs(one - Fraction(spec.statuses[name], total)) * 200 >= 1
            for name, one in shares.items()
        ):
            yield (
                "",
                f"not {_most_frequent(spec.statuses)}: too few images can have these",
            )


def _projects(spec: Spec, images: int) -> str:
    number, evenness = spec.projects.count, spec.projects.evenness
    sizes = [1 / (evenness + rank) for rank in range(1, number + 1)]
    total = fsum(sizes)
    images -= _part(images, sum(one.share for one in spec.projects.named.values()), 100)
    text = f"{number:,}; the largest has about {percentage(sizes[0], total)} of them"
    text += f" ({round(images * sizes[0] / total):,})"
    if number > _LARGEST:
        text += f", the {_LARGEST} largest {percentage(fsum(sizes[:_LARGEST]), total)}"
    if spec.projects.named:
        share = sum(one.share for one in spec.projects.named.values())
        text += f"; beside them {len(spec.projects.named)} named with {share}%"
    return text


def _windows(spec: Spec) -> Iterator[Line]:
    timed = {name: one.times for name, one in spec.projects.named.items() if one.times is not None}
    for name, window in list(timed.items())[:_MOST_LINES]:
        words = [
            f"{word} {date.fromordinal(day + _EPOCH).isoformat()}"
            for word, day in (("from", window.first), ("to", window.last))
            if day is not None
        ]
        yield f"    {shown(name, _MOST_OF_A_KEY)}", f"created {' '.join(words)}"
    yield from _more(len(timed) - _MOST_LINES, "    ")


def _members(spec: Spec, shared: int) -> Iterator[Line]:
    if shared:
        members = spec.members
        most = min(members.most, len(members.ids) or spec.projects.count - 1)
        numbers = _most_frequent(members.numbers) if members.numbers else f"1 to {most}"
        yield "  members", f"{numbers} of a shared image: {_most_frequent(members.statuses)}"


def _names(spec: Spec) -> Iterator[Line]:
    patterns = spec.names.patterns
    null = f"null for about {_percent(spec.names.nulls)}, otherwise" if spec.names.nulls else ""
    yield "  names", null
    listed = _by_weight(patterns)
    shares = percentages([weight for _, weight in listed])
    for (pattern, _), share in zip(listed[:_MOST_SHOWN], shares, strict=False):
        yield f"    {share}", shown(pattern)
    yield from _more(len(listed) - _MOST_SHOWN, "    ")


def _tags(tags: Tags, images: int) -> Iterator[Line]:
    if not tags.share:
        yield "  tags", "none"
        return
    tagged = _part(images, tags.share, 100)
    numbers = _most_frequent(tags.numbers) if tags.numbers else f"1 to {tags.most}"
    text = f"{_percent(tags.share)} have {numbers} (about {tagged:,} images)"
    if tags.old:
        text += f", {_percent(tags.old)} of the tags as key.value, from before the upgrade"
    yield "  tags", text
    if tags.popular:
        yield "    by key", _most_frequent(tags.popular)
    for key, values in list(tags.keys.items())[:_MOST_LINES]:
        yield f"    {shown(key, _MOST_OF_A_KEY)}", _most_frequent(values)
    yield from _more(len(tags.keys) - _MOST_LINES, "    ")
    for word, spellings in list(tags.spellings.items())[:1]:
        several = f"{word} is {' or '.join(dict.fromkeys(spellings))}"
        yield "    spellings", f"of each project, for {len(tags.spellings)} words; {several}"


def _times(times: Times) -> Iterator[Line]:
    first = date.fromordinal(times.first + _EPOCH).isoformat()
    yield "created", f"from {first} to before {format_time(times.now)}"
    if times.growth > 1:
        yield (
            "  growth",
            f"{times.growth:,} times as many images a day at the end as at the beginning",
        )
    else:
        yield "  growth", "none, as many images a day at the end as at the beginning"
    yield "  weekend", f"{times.weekend}% of a weekday"
    bursts = (
        f"{_percent(times.bursts)} of the days have five times as many" if times.bursts else "none"
    )
    yield "  bursts", bursts
    ties = (
        f"about {_percent(times.ties)} are created in the same second as others"
        if times.ties
        else "by chance only"
    )
    yield "  ties", ties


def _moments(moments: Mapping[int, int]) -> Iterator[Line]:
    for number, (second, images) in enumerate(moments.items()):
        if number < _MOST_LINES:
            yield f"  at {format_time(second)}", f"exactly {images:,}"
    yield from _more(len(moments) - _MOST_LINES, "  ")


def _properties(properties: Mapping[str, Property]) -> Iterator[Line]:
    yield "own properties", "" if properties else "none"
    for name, one in list(properties.items())[:_MOST_LINES]:
        yield (
            f"  {shown(name, _MOST_OF_A_KEY)}",
            f"{_having(one)} {', '.join(one.kinds)}: {_most_frequent(one.values)}",
        )
    yield from _more(len(properties) - _MOST_LINES, "  ")


def _having(one: Property) -> str:
    return "by templates of" if one.share is None else f"{_percent(one.share)} of"


def _templates(templates: Mapping[str, Sequence[Template]]) -> Iterator[Line]:
    listed = [f"{name} {len(of)}" for name, of in templates.items()]
    yield "sets of keys", ", ".join(listed)


def _more(number: int, indent: str) -> Iterator[Line]:
    if number > 0:
        yield f"{indent}...", f"and {number:,} more"


def _most_frequent(weights: Mapping[Thing, int]) -> str:
    listed = _by_weight(weights)
    parts: list[float] = [weight for _, weight in listed[:_MOST_SHOWN]]
    things = [shown(thing) for thing, _ in listed[:_MOST_SHOWN]]
    if len(listed) > _MOST_SHOWN:
        parts.append(sum(weight for _, weight in listed[_MOST_SHOWN:]))
        others = "other" if len(listed) == _MOST_SHOWN + 1 else "others"
        things.append(f"{len(listed) - _MOST_SHOWN:,} {others}")
    shares = percentages(parts)
    return ", ".join(f"{thing} {share}" for thing, share in zip(things, shares, strict=True))


def _by_weight(weights: Mapping[Thing, int]) -> list[tuple[Thing, int]]:
    """Return what has a weight, the most frequent first; ties keep the order of the spec."""
    found = [(thing, weight) for thing, weight in weights.items() if weight]
    return sorted(found, key=lambda pair: -pair[1])


def shown(thing: object, most: int = _MOST_CHARACTERS) -> str:
    """Return a text as it is where that is clear, otherwise as JSON; long texts are cut."""
    if not isinstance(thing, str):
        return "null" if thing is None else str(thing)
    clear = thing.isprintable() and thing == thing.strip() and thing not in ("", "null")
    text = thing if clear else json.dumps(thing, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 3]}..."
