"""Lay out the page: a header, the most important numbers, and cards with drawings."""

import os
from dataclasses import replace

from glancetape_cassettes.imageset.picture.bars import (
    Row,
    bars,
    colour_of,
    key,
    row_of,
    rows_of,
    rows_of_rest,
)
from glancetape_cassettes.imageset.picture.calendar import (
    day_of,
    days_of,
    moment_of,
    name_of,
    span_of,
)
from glancetape_cassettes.imageset.picture.columns import columns
from glancetape_cassettes.imageset.picture.counting import Shares
from glancetape_cassettes.imageset.picture.dots import dots
from glancetape_cassettes.imageset.picture.layout import card, document, row, tiles
from glancetape_cassettes.imageset.picture.numbers import (
    NAMED,
    Creation,
    Ownership,
    Picture,
    Platforms,
)
from glancetape_cassettes.imageset.picture.text import percent, shown, sized
from glancetape_cassettes.nouns import counted

_FACTS = (
    ("made by", "made_by"),
    ("from", "made_from"),
    ("dialect", "dialect"),
    ("home project", "home_project"),
)


def page_of(picture: Picture) -> str:
    """Return the page as HTML; equal pictures make equal pages."""
    title = shown(os.fsencode(picture.file).decode(errors="replace"), 120)
    facts = [(label, picture.about.get(name, "")) for label, name in _FACTS]
    return document(
        kicker="Image set",
        title=title,
        facts=facts,
        body=f"{tiles(_tiles(picture))}\n{_cards(picture)}",
        footer="Times are UTC. The longest bar of a card fills its width; point at a bar for its\n"
        "numbers.",
    )


def _tiles(picture: Picture) -> list[tuple[str, str]]:
    projects, creation = picture.projects, picture.creation
    return [
        (f"{picture.images:,}", "image" if picture.images == 1 else "images"),
        (
            f"{projects.count:,}{'+' if projects.uncounted else ''}",
            "project" if projects.count == 1 and not projects.uncounted else "projects",
        ),
        *([_span(creation)] if creation else []),
        (f"{sum(share.count for share in picture.members):,}", "memberships"),
        (sized(picture.nbytes), "on the disk"),
    ]


def _span(creation: Creation) -> tuple[str, str]:
    if creation.first == creation.last:
        return day_of(creation.first), "all created"
    return span_of(creation.first, creation.last), days_of(creation.first, creation.last)


def _cards(picture: Picture) -> str:
    if picture.creation is None:
        return row(card("No images", "There is nothing to draw in this set."))
    images = picture.images
    of_kind = "imagetype" if picture.kinds.name == "__imagetype" else ""
    return "\n".join(
        filter(
            None,
            (
                row(_created(picture.creation, picture.kinds)),
                row(
                    _shares("Kinds", picture.kinds, images, coloured=True) if of_kind else "",
                    _shares("Visibility", picture.visibility, images, coloured=not of_kind),
                    _shares("Status", picture.status, images),
                ),
                row(
                    _platforms(picture.platforms, images),
                    _pile(
                        _shares("Environments", picture.environments, images),
                        _members(picture),
                    ),
                ),
                row(_largest(picture), _ranks(picture.projects)),
                row(
                    _tags(picture.tags, images),
                    _shares("Disk formats", picture.formats, images),
                ),
            ),
        )
    )


def _pile(*cards: str) -> str:
    found = "".join(cards)
    return f'<div class="pile">{found}</div>' if found else ""


def _shares(title: str, shares: Shares, images: int, *, coloured: bool = False) -> str:
    if not shares.having:
        return ""
    return card(title, _property(shares.name), bars(rows_of(shares, coloured=coloured), images))


def _property(*names: str) -> str:
    return " by ".join(f'<span class="mono">{name}</span>' for name in names if name)


def _created(creation: Creation, kinds: Shares) -> str:
    totals = creation.totals
    if creation.first == creation.last:
        return card("Creation", f"All created at {moment_of(creation.first)}.", "", "wide")
    most = max(totals)
    where = name_of(creation.begins[totals.index(most)], creation.step)
    lead = f"Images by {creation.step.name}; at most {most:,} ({where})"
    left = any(counts[-1] for counts in creation.kinds)
    names = key([share.value for share in kinds.parts], "other" if left else "")
    return card("Creation", lead, names + columns(creation, kinds), "wide")


def _platforms(platforms: Platforms, images: int) -> str:
    shares, systems = platforms.shares, platforms.systems
    if not shares.having:
        return ""
    rows = []
    for platform in platforms.rows:
        row = row_of(platform.share)
        parts = enumerate(platform.systems)
        coloured = tuple((colour_of(place, len(systems)), count) for place, count in parts)
        rows.append(replace(row, parts=coloured) if systems else row)
    left = any(platform.systems[-1] for platform in platforms.rows)
    names = key(systems, "other or no type" if left else "") if systems else ""
    body = names + bars(rows + rows_of_rest(shares), images)
    return card("Platforms", _property(shares.name, platforms.by), body, "wide")


def _largest(picture: Picture) -> str:
    projects, home = picture.projects, picture.about.get("home_project")
    if not projects.owned:
        return ""
    rows = []
    for share in projects.largest:
        row = row_of(share)
        badge = '<span class="badge">home</span>' if share.value == home else ""
        rows.append(replace(row, name=row.name + badge, parts=(("c0", row.count),)))
    top = sum(share.count for share in projects.largest)
    rest = projects.owned - top
    if rest:
        rows.append(Row('<i class="soft">all others</i>', "all others", rest))
    return card("Projects", _skew(projects, top), bars(rows, projects.owned), "ids wide")


def _skew(projects: Ownership, top: int) -> str:
    all_projects = counted(projects.count, "project")
    if projects.count <= NAMED and not projects.uncounted:
        return f"{all_projects} own{'s' * (projects.count == 1)} all images that have an owner"
    return f"The {len(projects.largest)} largest own {percent(top, projects.owned)} of the images"


def _ranks(projects: Ownership) -> str:
    if projects.count <= NAMED:
        return ""
    facts = [f"{counted(projects.half, 'project')} own half of the images"] if projects.half else []
    if projects.uncounted:
        facts.append(f"{projects.uncounted:,} images belong to projects too small to count")
    body = dots(projects) + '<p class="under">rank of the project →</p>'
    return card("Images of a project, by rank", "; ".join(facts), body, "wide")


def _tags(tags: Shares, images: int) -> str:
    if not tags.having:
        return ""
    lead = f"{tags.having:,} images have tags, some of them several"
    rows = [row_of(share) for share in tags.parts]
    return card("Tags", lead, bars(rows, images), "wide")


def _members(picture: Picture) -> str:
    whole = sum(share.count for share in picture.members)
    if not whole:
        return ""
    rows = [row_of(share) for share in picture.members]
    return card("Memberships", "projects that images are shared with", bars(rows, whole))
