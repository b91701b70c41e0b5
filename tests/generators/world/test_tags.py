"""Tags of a project are those of a team: a few keys of its own, with few values."""

from collections import Counter, defaultdict
from functools import cache

import pytest

from support.drawn.random_specs import spec_of
from support.sets.generated import images_of

Values = dict[str, Counter[str]]


@cache
def _tags_of_projects(like: str) -> dict[str, Values]:
    """Return for each project of a set with tags how often each key has each value."""
    found: dict[str, Values] = defaultdict(lambda: defaultdict(Counter))
    for image in images_of(spec_of({"like": like}), 10_000):
        for tag in image["tags"]:
            key, _, value = tag.partition("=")
            found[image["owner"]][key][value] += 1
    return found


@pytest.mark.sampled(2)
@pytest.mark.parametrize("like", ["region", "tenant"])
def test_a_project_has_few_keys(like: str) -> None:
    """At most those that one of its images may have."""
    most = spec_of({"like": like}).tags.most

    assert {len(keys) <= most for keys in _tags_of_projects(like).values()} == {True}


def test_projects_have_different_keys() -> None:
    """Not only keys that are neighbours in the spec."""
    keys = len(spec_of({}).tags.keys)

    found = {frozenset(one) for one in _tags_of_projects("region").values() if len(one) == 4}

    assert len(found) > 2 * keys


def test_most_values_of_a_small_project_are_the_same_two() -> None:
    """Of each key; a few images have any other value."""
    counts = [
        values
        for keys in _tags_of_projects("region").values()
        for values in keys.values()
        if 10 <= values.total() <= 100
    ]

    shares = [sum(n for _, n in one.most_common(2)) / one.total() for one in counts]

    assert len(shares) > 20
    assert sum(shares) / len(shares) > 0.85


@pytest.mark.parametrize("like", ["region", "tenant"])
def test_values_have_their_shares_among_all_projects(like: str) -> None:
    """Within five points, as a key is only in some of the projects."""
    found: Values = defaultdict(Counter)
    for keys in _tags_of_projects(like).values():
        for key, values in keys.items():
            found[key].update(values)

    tags = spec_of({"like": like}).tags
    word_of = {text: word for word, texts in tags.spellings.items() for text in texts}
    words: Values = defaultdict(Counter)
    for key, values in found.items():
        for value, count in values.items():
            words[word_of.get(key, key)][word_of.get(value, value)] += count
    for key, weights in tags.keys.items():
        for value, weight in weights.items():
            share = words[key][value] / max(words[key].total(), 1)
            assert abs(share - weight / sum(weights.values())) < 0.05, (key, value)
