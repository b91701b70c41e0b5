"""What differs between two pages of a list, a line each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_MOST_IDS = 3
_MOST_IMAGES = 3
_MOST_FIELDS = 5
_LONGEST = 120  # characters of a value
_NOTHING = object()


def image_ids(page: Mapping[str, Any]) -> list[str]:
    """The ids of a page's images, in their order."""
    return [str(image.get("id")) for image in page["images"] if isinstance(image, dict)]


def compare_pages(
    recorded: Mapping[str, Any], other: Mapping[str, Any], word: str
) -> tuple[list[str], bool]:
    """What differs from another page, and whether any link is spelt differently.

    `word` names the other page in the lines. Links that ask the same with their parameters in
    another order are not a difference.
    """
    found = [*_compare_ids(image_ids(recorded), image_ids(other), word)]
    found += _compare_images(recorded, other, word)
    worded_otherwise = False
    for name in ("first", "next"):
        one, two = recorded.get(name), other.get(name)
        if asked_by(one) != asked_by(two):
            found.append(f"{name}: recorded {one or 'none'}")
            found.append(f"{' ' * len(name)}  {word} {two or 'none'}")
        worded_otherwise |= one != two
    return found, worded_otherwise


def asked_by(link: Any) -> Any:
    """What a link asks for, in any spelling: its path and sorted parameters."""
    if not isinstance(link, str):
        return link
    parts = urlsplit(link)
    return parts.path, sorted(parse_qsl(parts.query, keep_blank_values=True))


def _compare_ids(recorded: Sequence[str], other: Sequence[str], word: str) -> Iterator[str]:
    if recorded == other:
        return
    place = next(
        (
            place
            for place, (one, two) in enumerate(zip(recorded, other, strict=False))
            if one != two
        ),
        min(len(recorded), len(other)),
    )
    same = "the same, in another order" if sorted(recorded) == sorted(other) else ""
    counts = same or f"{len(recorded)} recorded, {len(other)} {word}"
    yield f"images: {counts}; from number {place + 1} on:"
    yield f"  recorded {_shown_ids(recorded[place:])}"
    yield f"  {word} {_shown_ids(other[place:])}"


def _shown_ids(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else ""
    return (" ".join(ids[:_MOST_IDS]) or "none") + more


def _compare_images(
    recorded: Mapping[str, Any], other: Mapping[str, Any], word: str
) -> Iterator[str]:
    by_id = {one["id"]: one for one in other["images"] if isinstance(one, dict) and "id" in one}
    count = 0
    for image in recorded["images"]:
        image_id = image.get("id") if isinstance(image, dict) else None
        if not isinstance(image_id, str) or image_id not in by_id:
            continue
        changed = differing_fields(image, by_id[image_id])
        if not changed:
            continue
        count += 1
        if count > _MOST_IMAGES:
            yield "more images differ"
            return
        for name in changed[:_MOST_FIELDS]:
            one, two = (shown(each.get(name, _NOTHING)) for each in (image, by_id[image_id]))
            yield f"image {image_id}: {name}: recorded {one}, {word} {two}"
        if len(changed) > _MOST_FIELDS:
            yield f"image {image_id}: {len(changed) - _MOST_FIELDS} more fields"


def differing_fields(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The names of the fields in which two images differ; tags may be in any order."""
    if one == other:
        return []
    return [
        name
        for name in {**one, **other}
        if _comparable(name, one.get(name, _NOTHING))
        != _comparable(name, other.get(name, _NOTHING))
    ]


def _comparable(name: str, value: Any) -> Any:
    if value is True or value is False:
        return str, value  # Python: 1 == True
    return sorted(map(str, value)) if name == "tags" and isinstance(value, list) else value


def shown(value: Any) -> str:
    """A value of a field as JSON, shortened; `none` for a field that is missing."""
    if value is _NOTHING:
        return "none"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
