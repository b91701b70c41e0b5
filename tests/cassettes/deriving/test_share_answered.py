"""How many of 1,000 questions one walk of 2,000 images answers: the tables of the document."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import derive
from support.clouds.clouds import Caller, Cloud, comparable
from support.clouds.histories import History, write
from support.clouds.recorded_lists import walk
from support.drawn.examples import dealt
from support.images.varied import PROJECTS, varied_images
from support.oracle.queries import random_queries

DOCUMENT = Path(__file__).parents[3] / "docs" / "derived-answers.md"
ME = Caller(PROJECTS[0])
ONE_PAGE = "one list without `limit`"
RECORDED = {
    # as the document has it: the walks, and the dialect
    "walk of `limit=100`, with `--dialect glance`": (("limit=100",), "glance"),
    f"walk of `limit=100`, and {ONE_PAGE}": (("limit=100", ONE_PAGE), "auto"),
    "the same, and a walk by `sort_key=name`": (
        ("limit=100", ONE_PAGE, "sort_key=name&sort_dir=asc&limit=100"),
        "auto",
    ),
    "walk without `limit`, 25 images a page": (("",), "auto"),
    "walk of `limit=100` alone": (("limit=100",), "auto"),
    "walk by `sort_key=updated_at`, `--dialect glance`": (
        ("sort_key=updated_at&limit=100",),
        "glance",
    ),
}
FIRST = next(iter(RECORDED))
LIMITS = ("It has no limit, and how many", "No recorded page shows that this cloud lists")
"""What misses say for want of a default limit, and of a largest one."""
RULES = {
    # as the document has them, and what their misses say
    "marker": "does not show where the marker",
    "memberships, community and hidden images": "No recorded walk covers it",
    "odd values: numbers": "how they compare such a text with the number",
    "odd values: others": "some databases",
    "order of nulls": "databases put these first or last",
    "order of texts": "databases differ in where some texts belong",
    "texts that are alike": "databases differ in which texts",
    "odd bounds": "What this bound finds",
    "fractions of a second": "some images have exactly this second",
    "same second": "The order is not certain: images ",
    "empty properties": "is shown empty and may be null",
    "lost nulls": "after such a marker Glance loses images",
}


@cache
def images() -> list[dict[str, Any]]:
    """Return the images of the cloud."""
    return [*varied_images(2000, seed=41)]


def outcomes(recorded: str, folder: Path) -> Iterator[tuple[str, Answer | Miss | None]]:
    """Yield each question and what becomes of it."""
    walks, dialect = RECORDED[recorded]
    history = History(Cloud("glance", images()), (ME,))
    for query in walks:
        if query == ONE_PAGE:
            history.ask(ME, "")
        else:
            walk(history, query, ME)
    cassette = load_cassette(write(folder / "a.yaml", history.interactions))
    with closing(Deriver(RecordedAnswers([cassette], lambda _: None), dialect)) as deriver:
        for query in random_queries(images(), 1000, seed=2000):
            yield query, derive(deriver, ME.request(query))


def table(name: str) -> dict[str, list[str]]:
    """Return the further cells of each row of a table of the document, by the first one."""
    text = DOCUMENT.read_text("utf-8")
    (rows,) = re.findall(rf"<!-- {name} -->\n.*?\n\|[-|]+\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows.splitlines()]
    return {first: further for first, *further in cells}


def counts(name: str) -> dict[str, int]:
    """Return the first two columns of a table of the document."""
    return {first: int(further[0]) for first, further in table(name).items()}


@pytest.mark.interop  # by default the next test counts the answers of the first
@pytest.mark.parametrize("recorded", RECORDED)
def test_the_document_says_how_many_questions_are_answered(recorded: str, tmp_path: Path) -> None:
    """And how many are not for their limits. The second count is of an earlier version."""
    answered, *lost = table("share-answered")[recorded]

    found = [one for _, one in outcomes(recorded, tmp_path)]

    reasons = [one.reason for one in found if isinstance(one, Miss)]
    assert int(answered) == sum(isinstance(one, Answer) for one in found)
    assert [*map(int, lost)] == [sum(words in one for one in reasons) for words in LIMITS]


def test_the_document_says_what_each_doubt_costs(tmp_path: Path) -> None:
    """Each miss is of one rule; the answers, by default some of them, are those of the cloud."""
    cloud, costs, answers = Cloud("glance", images()), Counter[str](), []
    for query, one in outcomes(FIRST, tmp_path):
        if isinstance(one, Answer):
            answers.append((query, one.response))
            continue
        reason = one.reason if isinstance(one, Miss) else ""
        (rule,) = (rule for rule, words in RULES.items() if words in reason)
        costs[rule] += 1

    for query, response in dealt(answers, 0):
        right = comparable(cloud.answer(query, PROJECTS[0]), "glance")
        assert right == comparable(response, "glance"), query

    assert counts("misses-by-rule") == dict(costs.most_common())
    assert counts("share-answered")[FIRST] == len(answers)


def test_the_tables_are_complete() -> None:
    assert [*RECORDED] == [*table("share-answered")]
    assert 1000 == counts("share-answered")[FIRST] + sum(counts("misses-by-rule").values())
