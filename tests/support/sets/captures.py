"""Captures for learning: images of a preset with owners, names and texts as a test needs them."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import yaml

from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import KINDS
from support.sets.generated import Image, images_of

_TOKEN = re.compile(r"[^\W_]{6,}")


@lru_cache(maxsize=8)
def _of_preset(preset: str, count: int) -> str:
    return json.dumps(images_of(read_spec(preset), count))


def of_preset(preset: str, count: int) -> list[Image]:
    """Return images of a preset; a test may change them."""
    images: list[Image] = json.loads(_of_preset(preset, count))
    return images


def tenant(count: int = 600) -> list[Image]:
    """Return images of the preset tenant; a test may change them."""
    return of_preset("tenant", count)


def with_owners(images: Iterable[Image], owners: int) -> list[Image]:
    """Return the images as those of this many projects, besides the owners of public ones."""
    numbers: dict[str, int] = {}
    found = []
    for image in images:
        number = numbers.setdefault(image["owner"], len(numbers)) % owners
        private = image["visibility"] != "public"
        found.append({**image, "owner": f"{number:032x}"} if private else image)
    return found


def tokens_of(value: Any) -> set[str]:
    """Return the words of at least six letters or digits in a value, in small letters."""
    if isinstance(value, str):
        return set(_TOKEN.findall(value.casefold()))
    if isinstance(value, Mapping):
        return tokens_of(list(value)) | tokens_of(list(value.values()))
    if isinstance(value, list | tuple | set):
        return {token for one in value for token in tokens_of(one)}
    return set()


def rare_tokens(images: Iterable[Image], least_images: int, least_projects: int) -> set[str]:
    """Return the words that fewer images, or images of fewer projects, have."""
    having: defaultdict[str, int] = defaultdict(int)
    projects: defaultdict[str, set[str]] = defaultdict(set)
    public: defaultdict[str, int] = defaultdict(int)
    for image in images:
        for token in tokens_of(image):
            having[token] += 1
            if image["visibility"] == "public":
                public[token] += 1
            else:
                projects[token].add(image["owner"])
    return {
        token
        for token, count in having.items()
        if public[token] < least_images
        and (count < least_images or len(projects[token]) < least_projects)
    }


@cache
def words_of_the_generator() -> frozenset[str]:
    """Return the words of the vocabulary and the presets, names of public images, and kinds."""
    package = resources.files("glancetape_generators")
    vocabulary = package.joinpath("vocabulary", "vocabulary.yaml").read_text("utf-8")
    presets = [one.read_text("utf-8") for one in package.joinpath("spec", "presets").iterdir()]
    flavours = package.joinpath("vocabulary", "flavours").iterdir()
    public = [
        str([*yaml.load(one.read_bytes(), yaml.CSafeLoader)["catalogue"]]) for one in flavours
    ]
    return frozenset(tokens_of([vocabulary, *presets, *public, *KINDS]))
