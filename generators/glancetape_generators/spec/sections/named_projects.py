"""The projects that a spec names, with shares, mixes and days of their own."""

from collections.abc import Iterable, Mapping

from glancetape_cassettes.imageset.image_fields import format_time
from glancetape_generators.spec.names_and_tags import app, pattern
from glancetape_generators.spec.sections.days_and_moments import DAY, read_day
from glancetape_generators.spec.sections.limits import MOST_OF_PLATFORMS
from glancetape_generators.spec.spec import NamedProject, Times, Window
from glancetape_generators.spec.yaml_values import Value
from glancetape_generators.vocabulary.flavours import Flavour

_MOST_NAMED = 100


def named_projects(
    values: Mapping[str, Value], flavour: Flavour, times: Times
) -> Mapping[str, NamedProject]:
    """Read the projects that a spec names; they use what the spec has, by weights of their own."""
    if "projects.named" not in values:
        return {}
    patterns = values["names.patterns"].weights(pattern)
    wanted = values["platforms"].weights_of(flavour.platforms, "platform", MOST_OF_PLATFORMS)
    found, shares = {}, 0
    members = values["projects.named"].members(lambda key: key.short_text(64))
    if len(members) > _MOST_NAMED:
        raise values["projects.named"].error(f"at most {_MOST_NAMED} projects can be named")
    for name, value in members.items():
        given = value.known_members(("share", "platforms", "patterns", "apps", "times"))
        if "share" not in given:
            raise value.error("share is missing; write the percentage of tenants' images")
        shares += (share := given["share"].number(1, 99))
        if shares > 99:
            raise given["share"].error(f"the named projects have {shares}%; at most 99 is allowed")
        own: dict[str, Mapping[str, int]] = {}
        for key, known, noun in (
            ("platforms", wanted, "platform in the spec's platforms"),
            ("patterns", patterns, "pattern in the spec's names.patterns"),
        ):
            if key in given:
                own[key] = given[key].weights_of(known, noun)
        if "apps" in given:
            own["apps"] = given["apps"].weights(app)
        window = _window(given["times"], times) if "times" in given else None
        found[name] = NamedProject(share=share, times=window, **own)
        if window is not None and window.last is not None:
            used = [one for one, weight in (own.get("platforms") or wanted).items() if weight]
            _check_released(given["times"], window.last, used, flavour, values)
    return found


def _window(value: Value, times: Times) -> Window:
    """Read the days on which a project makes images: days on which the set has new ones."""
    given = value.known_members(("first", "last"))
    end = (times.now - 1) // DAY
    found: dict[str, int] = {}
    for name, one in given.items():
        day = found[name] = read_day(one)
        if not times.first <= day <= end:
            first, last = (format_time(day * DAY)[:10] for day in (times.first, end))
            raise one.wanted(f"a day on which the set gets new images, {first} to {last}")
    if not given:
        raise value.error("write first, last or both; each is a day")
    if found.get("last", end) < found.get("first", times.first):
        raise value.error("last is before first")
    return Window(**found)


def _check_released(
    at: Value, last: int, platforms: Iterable[str], flavour: Flavour, values: Mapping[str, Value]
) -> None:
    """Raise ImageSetError when a project ends before one of its platforms has any version."""
    versions = values["versions"].weights(lambda key: key.text()) if "versions" in values else {}
    for platform in platforms:
        for rows in (flavour.systems, flavour.installers):
            of_it = [row for row in rows if row.platform == platform]
            are_listed = any(row.version in versions for row in of_it)
            used = [row for row in of_it if not are_listed or versions.get(row.version)]
            if used and not any(row.since <= last for row in used):
                raise at.error(
                    f"{platform} has no version in this set by {format_time(last * DAY)[:10]}; "
                    "choose a later time, or give the project its own platforms"
                )
