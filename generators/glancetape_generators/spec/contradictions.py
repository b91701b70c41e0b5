"""Values of a spec that are valid alone, but contradict each other.

    projects: {count: 1}, kinds: {shared: 5}     with whom would the images be shared?

The error is at the value that was given last: a file's own, rather than its preset's.
"""

from collections.abc import Iterable, Mapping

from glancetape_cassettes.imageset.image_fields import format_time, shown
from glancetape_generators.spec.layers import last_of
from glancetape_generators.spec.names_and_tags import MOST_BESIDE_FIELDS, names_a_field
from glancetape_generators.spec.spec import Spec, Times, Window
from glancetape_generators.spec.yaml_values import Value
from glancetape_generators.vocabulary.flavours import flavour_named

_LEAST_DAYS = 60  # from the first day to now
_DAY = 86_400


def check_together(spec: Spec, values: Mapping[str, Value]) -> None:
    """Raise ImageSetError for values that are valid alone, but contradict each other."""
    tags, keys = spec.tags, len(spec.tags.keys)
    ids = spec.members.ids
    if len(ids) == 1 and ids[0] in spec.projects.named:
        raise values["members.ids"].error(
            "a project is not a member of its own images; add the id of another one"
        )
    if spec.kinds["shared"] and spec.projects.count < 2 and not ids:
        raise last_of(values, "projects.count", "kinds").error(
            "shared images need at least 2 projects; raise count or set the weight of shared to 0"
        )
    _check_members(spec, values)
    if tags.share and not (tags.most and keys):
        raise last_of(values, "tags.most", "tags.keys", "tags.share").error(
            "tagged images need keys and a most of at least 1; add them or set share to 0"
        )
    if tags.share and tags.most > keys:
        number = "tags.numbers" if tags.numbers else "tags.most"
        raise last_of(values, number, "tags.keys", "tags.share").error(
            f"most is {tags.most}, and {keys} keys allow at most {keys} tags an image; "
            "add keys or lower most"
        )
    for name, one in spec.properties.items():
        further = (given.weights for given in spec.given if given.target == name)
        _check_beside_fields(
            values["properties"], name, [value for of in (one.values, *further) for value in of]
        )
    in_templates = {key for of in spec.templates.values() for one in of for key in one.keys}
    for name, one in spec.properties.items():
        if one.share is None and name not in in_templates:
            raise values["properties"].error(
                f"{shown(name, quoted=False)} has no share, and no template names it; write a share"
            )
    _check_moments(spec, values)
    _check_platforms(spec, values)


def check_times(times: Times, values: Mapping[str, Value]) -> None:
    """Raise ImageSetError for times that contradict each other; other values must be within."""
    if times.now // _DAY - times.first < _LEAST_DAYS:
        raise last_of(values, "times.first", "times.now").error(
            f"first must be at least {_LEAST_DAYS} days before now"
        )
    if times.at is not None and not is_in(times, times.at):
        raise last_of(values, "times.at", "times.now", "times.first").error(
            "at must be after first and not after now"
        )


def _check_members(spec: Spec, values: Mapping[str, Value]) -> None:
    """Raise ImageSetError for more members than ids, if one file says both.

    A file that names few ids need not lower the preset's `most`.
    """
    number = "members.numbers" if spec.members.numbers else "members.most"
    most, ids = spec.members.most, len(spec.members.ids)
    if 0 < ids < most and values[number].file == values["members.ids"].file:
        raise last_of(values, number, "members.ids").error(
            f"an image cannot have {most} members, as members.ids has {ids}; "
            f"lower {number}, or add ids"
        )


def _check_platforms(spec: Spec, values: Mapping[str, Value]) -> None:
    """Raise ImageSetError if no platform has a version that is old enough."""
    last = spec.times.now // _DAY - _LEAST_DAYS - 1
    systems = [
        one for one in flavour_named(spec.flavour).systems if spec.platforms.get(one.platform)
    ]
    listed = {one.platform for one in systems if one.version in spec.versions}
    if not any(
        one.since < last and (one.platform not in listed or spec.versions.get(one.version))
        for one in systems
    ):
        raise last_of(values, "platforms", "times.now").error(
            f"no platform has a version released {_LEAST_DAYS} days before "
            f"{format_time(spec.times.now)}; choose other platforms or a later time"
        )


def _check_moments(spec: Spec, values: Mapping[str, Value]) -> None:
    """Raise ImageSetError for a moment at which a project makes no images."""
    for project, one in spec.projects.named.items():
        window = one.times or Window()
        first, last = window.first or 0, window.last or spec.times.now
        for moment in spec.moments:
            if not first <= moment // _DAY <= last:
                raise values["moments"].error(
                    f"{format_time(moment)} is not within the times of the project "
                    f"{shown(project, quoted=False)}, and images of a moment are of any project; "
                    "choose another time"
                )


def _check_beside_fields(at: Value, name: str, values: Iterable[str | None]) -> None:
    """Raise ImageSetError when a property has a field and a value that is too long for a column."""
    texts = [value for value in values if value is not None]
    if not any(map(names_a_field, texts)):
        return
    for text in texts:
        if len(text) > MOST_BESIDE_FIELDS or "\0" in text:
            which, long = (shown(one, quoted=False) for one in (name, text))
            raise at.error(
                f"{which} has a value with a field, so each of its values has up to "
                f"{MOST_BESIDE_FIELDS} characters and no NUL; shorten {long}"
            )


def is_in(times: Times, at: int) -> bool:
    """Whether a second is within the time of a set."""
    return times.first * _DAY < at <= times.now
