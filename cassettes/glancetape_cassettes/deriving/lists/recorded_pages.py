"""Which pages of a list were recorded as such: what was recorded is not derived.

recorded   GET ?status=active&limit=2, GET ?status=active&limit=2&marker=C
of ?status=active   limit 2 from the beginning, and limit 2 after C
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace

from glancetape_cassettes.replaying.question import Question

PAGE = ("marker", "limit")
"""The parameters in which the pages of a list differ."""

Pages = frozenset[tuple[str | None, str | None]]
"""Markers and limits of pages, as they were written; None where a page has none."""


def list_of(question: Question) -> Hashable:
    """Return what the questions for the pages of a list have in common."""
    return replace(question, query=tuple(pair for pair in question.query if pair[0] not in PAGE))


def recorded_pages(questions: Iterable[Question]) -> Mapping[Hashable, Pages]:
    """Return the pages that questions ask for, by their lists.

    A question that repeats a marker or a limit asks for none: no page is asked for like that.
    """
    found: dict[Hashable, set[tuple[str | None, str | None]]] = {}
    for question in questions:
        written = [pair for pair in question.query if pair[0] in PAGE]
        values = dict(written)
        if len(values) == len(written):
            page = values.get("marker"), values.get("limit")
            found.setdefault(list_of(question), set()).add(page)
    return {each: frozenset(pages) for each, pages in found.items()}
