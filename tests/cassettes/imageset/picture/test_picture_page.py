"""The page of an image set: safe, the same each time, and sensible for odd sets."""

import math
import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import pytest

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.picture.calendar import STEPS, Step, name_of, step_for, ticks_of
from glancetape_cassettes.imageset.picture.columns import round_ticks
from glancetape_cassettes.imageset.picture.numbers import Picture, picture_of
from glancetape_cassettes.imageset.picture.page import page_of
from glancetape_cassettes.imageset.picture.page_file import write_page
from glancetape_cassettes.imageset.picture.style import DARK, LIGHT
from glancetape_cassettes.imageset.picture.text import percent, shown
from support.sets.set_files import Record, make_set, record

BAD = "</title><script>x()</script>\"'><img src=http://x onerror=x()>&amp;\x00\x1b[31m\u202e 镜像"
LONG = "\N{ROCKET}" * 10_000


class _Page(HTMLParser):
    """The elements of a page, checked to be closed in the order in which they are opened."""

    _EMPTY = frozenset(("meta", "rect", "line"))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert [] == self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self._EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)


def _page(path: Path, records: list[Record]) -> str:
    make_set(path, records)
    with ImageSet(path) as images:
        return page_of(picture_of(images))


def _bad_records() -> list[Record]:
    chance = random.Random(5)
    return [
        record(
            str(number),
            name=BAD,
            owner=f"{BAD}{chance.randrange(40)}",
            created_at=f"{chance.choice(['0001', '2020', '9999'])}-02-01T00:00:00Z",
            __imagetype=chance.choice([BAD, LONG, "", "b", "c", "d"]),
            __platform=chance.choice([BAD, LONG, ""]),
            __os_type=chance.choice([BAD, LONG, ""]),
            virtual_env_type=chance.choice([BAD, LONG, ""]),
            disk_format=BAD,
            tags=[BAD, LONG, ""],
            members=[{"member_id": BAD, "status": "accepted"}],
        )
        for number in range(300)
    ]


def test_values_can_do_nothing_to_a_page(tmp_path: Path) -> None:
    """They are text, wherever they stand; no element, address or script is made of them."""
    page = _Page(_page(tmp_path / "<b>&.images", _bad_records()))

    names = {tag for tag, _ in page.found}
    assert set() == names & {"script", "img", "a", "link", "iframe", "object", "base", "b>"}
    attributes = {name for _, attrs in page.found for name in attrs}
    assert set() == {name for name in attributes if name.startswith("on")} | attributes & {
        "href", "src", "xlink:href", "action",
    }  # fmt: skip
    assert any(text.startswith("</title><script>x()") for text in page.texts)
    assert "<b>&.images" in page.texts


def test_long_and_unprintable_values_are_cut_and_made_visible(tmp_path: Path) -> None:
    """A page stays small and in its direction."""
    page = _page(tmp_path / "a.images", _bad_records())

    assert len(page) < 100_000
    assert LONG[:201] not in page
    assert "…" in page
    assert set("\x00\x1b\u202e").isdisjoint(page)
    assert "\\x1b" in page


def test_a_page_needs_nothing_from_anywhere(tmp_path: Path) -> None:
    """Its policy forbids even to ask."""
    page = _page(tmp_path / "a.images", [record("1")])

    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert [] == re.findall(r"https?:|url\(|@import|<script|data:", page)


def test_the_same_set_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order of its lines."""
    records, pages = _bad_records(), []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        random.Random(folder).shuffle(records)
        make_set(tmp_path / folder / "a.images", records)
        write_page(tmp_path / folder / "a.images", tmp_path / f"{folder}.html")
        pages.append((tmp_path / f"{folder}.html").read_bytes())

    assert pages[0] == pages[1]


ODD = {
    "no images": ([], ["0", "No images"]),
    "one image": (
        [record("1")],
        ["1", "image", "All created at 6 Sep 2018, 14:03:27 UTC."],
    ),
    "one second": ([record(str(n)) for n in range(1_500)], ["1,500", "Creation"]),
    "two seconds": (
        [record(str(n), created_at=f"2020-01-01T00:00:0{n}Z") for n in range(2)],
        ["1 second", "Images by second; at most 1 (1 Jan 2020, 00:00:00 UTC)"],
    ),
    "no owners": ([record("1", owner=None)], ["0", "projects"]),
    "a name only": ([record("1", __platform="", __os_type=...)], ["(empty)", "Platforms"]),
}


@pytest.mark.parametrize(("records", "texts"), ODD.values(), ids=ODD.keys())
def test_odd_sets_have_sensible_pages(
    tmp_path: Path, records: list[Record], texts: list[str]
) -> None:
    """Cards that would be empty are left out."""
    page = _Page(_page(tmp_path / "a.images", records))

    assert [] == [text for text in texts if text not in page.texts]
    assert "Tags" not in page.texts
    assert "nan" not in " ".join(str(attrs) for _, attrs in page.found).lower()


def test_a_plain_glance_has_no_cards_of_another_cloud(tmp_path: Path) -> None:
    """Its kinds are its visibilities."""
    records = [record(str(n), visibility=("public", "private")[n % 2]) for n in range(9)]

    page = _Page(_page(tmp_path / "a.images", records))

    assert set() == {"Kinds", "Platforms", "Environments", "Memberships"} & set(page.texts)
    assert {"Visibility", "Status", "Projects"} <= set(page.texts)


SPANS = {
    "seconds": ("second", 0, 50),
    "minutes": ("minute", 0, 3_600),
    "hours": ("hour", 0, 2 * 86_400),
    "days": ("day", 0, 60 * 86_400),
    "weeks": ("week", 0, 365 * 86_400),
    "months": ("month", 0, 5 * 365 * 86_400),
    "quarters": ("quarter", 0, 12 * 365 * 86_400),
    "years": ("year", 0, 50 * 365 * 86_400),
    "all that there are": ("millennium", -62_135_596_800, 253_402_300_799),
}


@pytest.mark.parametrize(("name", "first", "last"), SPANS.values(), ids=SPANS.keys())
def test_time_is_cut_into_some_dozens_of_steps(name: str, first: int, last: int) -> None:
    """With a few round times to read."""
    step = step_for(first, last)

    ticks = ticks_of(first, last)
    assert name == step.name
    assert step.count(first, last) <= 72
    assert 2 <= len(ticks) <= 5
    assert len(ticks) == len(dict(ticks))
    assert all(first <= time <= last for time, _ in ticks)
    for number in range(step.number(first), step.number(last) + 1):
        assert step.begin(number) < step.begin(number + 1)


NAMES = (
    "1 Jan 1970, 00:00:00 UTC|" * 6
    + "1 Jan 1970|week from 1 Jan 1970|Jan 1970|quarter from Jan 1970|1970|decade from 1970|"
    + "century from 1970|millennium from 1970"
).split("|")


@pytest.mark.parametrize(("step", "name"), list(zip(STEPS, NAMES, strict=True)))
def test_each_step_of_time_has_a_name(step: Step, name: str) -> None:
    """In tooltips, and where the most images are."""
    assert name == name_of(0, step)


def test_projects_that_cannot_be_told_apart_are_told_of(tmp_path: Path) -> None:
    """With their images."""
    make_set(tmp_path / "a.images", [record(str(n), owner=str(n)) for n in range(20)])
    with ImageSet(tmp_path / "a.images") as images:
        whole: Picture = picture_of(images)

    some = replace(whole, projects=replace(whole.projects, owned=1_020, half=0, uncounted=1_000))

    texts = _Page(page_of(some)).texts
    assert "20+" in texts
    assert "1,000 images belong to projects too small to count" in texts


@pytest.mark.parametrize("most", [0, 1, 3, 4, 5, 7, 11, 99, 100, 101, 12_345, 999_999, 10**9])
def test_ticks_are_few_and_round(most: int) -> None:
    """Steps of 1, 2 or 5 with noughts."""
    ticks = round_ticks(most)

    assert 2 <= len(ticks) <= 5
    assert ticks[-1] >= most
    assert ticks[-1] - ticks[1] < max(most, 1)
    assert str(ticks[1]).rstrip("0") in ("1", "2", "5")


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 9, "0%"), (1, 1000, "&lt;1%"), (1, 3, "33%"), (999, 1000, "&gt;99%"), (9, 9, "100%")],
)
def test_shares_are_written_in_whole_percent(part: int, whole: int, text: str) -> None:
    """Little is not nothing."""
    assert text == percent(part, whole)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a" * 48, "a" * 48),
        ("a" * 49, "a" * 47 + "…"),
        ("a\nb", "a b"),
        ("\x07", "\\x07"),
        ("<&>\"'", "&lt;&amp;&gt;&quot;&#x27;"),
        ("\udcff", "\\udcff"),
    ],
)
def test_values_are_shown_on_one_line(value: str, text: str) -> None:
    """What cannot be printed is shown by its code."""
    assert text == shown(value)


# Colours

# Machado, Oliveira and Fernandes 2009: protanopia, deuteranopia, tritanopia; linear RGB.
BLINDNESSES = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "red": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "green": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "blue": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def _linear(colour: str) -> list[float]:
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _seen(colour: str, blindness: str) -> tuple[float, float, float]:
    """Return a colour as someone sees it, in Oklab: distances there are those that one sees."""
    linear = _linear(colour)
    red, green, blue = (
        min(1, max(0, sum(factor * part for factor, part in zip(row, linear, strict=True))))
        for row in BLINDNESSES[blindness]
    )
    long = math.cbrt(0.41222 * red + 0.53633 * green + 0.05145 * blue)
    middle = math.cbrt(0.21190 * red + 0.68070 * green + 0.10740 * blue)
    short = math.cbrt(0.08830 * red + 0.28172 * green + 0.62998 * blue)
    return (
        0.21045 * long + 0.79362 * middle - 0.00407 * short,
        1.97800 * long - 2.42859 * middle + 0.45059 * short,
        0.02590 * long + 0.78277 * middle - 0.80868 * short,
    )


@pytest.mark.parametrize("blindness", BLINDNESSES)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_everybody_can_tell_the_kinds_apart(colours: dict[str, str], blindness: str) -> None:
    """Any two of them, and each from the card."""
    kinds = [colours[name] for name in ("c0", "c1", "c2", "c3", "others", "card")]

    for one, other in combinations(kinds, 2):
        assert math.dist(_seen(one, blindness), _seen(other, blindness)) > 0.12, (one, other)


def _contrast(one: str, other: str) -> float:
    lights = [
        0.2126 * red + 0.7152 * green + 0.0722 * blue
        for red, green, blue in (_linear(one), _linear(other))
    ]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_enough_contrast(colours: dict[str, str]) -> None:
    """Of WCAG's level AA: 4.5 to 1."""
    for text in ("ink", "soft", "c0"):
        for ground in ("page", "card"):
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
