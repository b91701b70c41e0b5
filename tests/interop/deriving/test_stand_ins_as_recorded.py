"""Ids of a real Glance and their stand-ins: who names an id gets it back; owners stay owners."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from support.images.varied import PROJECTS
from support.interop.commands import serving
from support.interop.glance import Glance

MINE = PROJECTS[0]
TOKEN, PROJECT = {"X-Auth-Token": f"alice:{MINE}:member"}, {"X-Project-Id": MINE}
EVERYBODYS = "everybody's images"
OWN_ID_COMES_BACK = ("images of an owner", "private images of my project")


@dataclass(frozen=True)
class Answer:
    """What the Glance answered to a plain request, and the request."""

    target: str
    headers: Mapping[str, str]
    body: bytes

    def again(self, url: str) -> bytes:
        """Ask the same at another place."""
        return requests.get(url + self.target, headers=self.headers, timeout=60).content


@pytest.fixture(scope="module", name="recorded")
def _recorded(
    glance: Glance, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Answer]]:
    """A cassette in which ids are stand-ins, and what Glance itself answered."""
    cassette = tmp_path_factory.mktemp("stand-ins") / "stand-ins.yaml"
    questions = {
        EVERYBODYS: ("/v2/images?limit=100", TOKEN),
        "images of an owner": (f"/v2/images?owner={PROJECTS[1]}", TOKEN),
        "private images of my project": ("/v2/images?visibility=private&limit=100", PROJECT),
    }
    answers = {
        name: Answer(target, headers, Answer(target, headers, b"").again(glance.url))
        for name, (target, headers) in questions.items()
    }
    with serving("record", "--upstream", glance.url, "--cassette", cassette) as proxy:
        for answer in answers.values():
            assert answer.body == answer.again(proxy)
    return cassette, answers


@pytest.mark.parametrize("question", OWN_ID_COMES_BACK)
def test_an_id_that_the_client_names_comes_back_though_a_stand_in_is_stored(
    recorded: tuple[Path, dict[str, Answer]], question: str
) -> None:
    cassette, answers = recorded
    answer = answers[question]

    with serving("replay", cassette) as proxy:
        replayed = answer.again(proxy)

    assert json.loads(answer.body)["images"]
    assert answer.body == replayed
    assert [] == [project for project in PROJECTS if project in cassette.read_text()]


def test_an_owner_has_the_same_stand_in_wherever_it_stands(
    recorded: tuple[Path, dict[str, Answer]],
) -> None:
    cassette, answers = recorded
    answer = answers[EVERYBODYS]
    real: list[dict[str, Any]] = json.loads(answer.body)["images"]

    with serving("replay", cassette) as proxy:
        stored: list[dict[str, Any]] = json.loads(answer.again(proxy))["images"]

    pairs = {(one["owner"], other["owner"]) for one, other in zip(real, stored, strict=True)}
    owners = {owner for owner, _ in pairs}
    assert 4 == len(owners) == len(pairs) == len({stand_in for _, stand_in in pairs})
    assert all(stand_in.startswith("facade00") for _, stand_in in pairs)
    assert _without_owners(real) == _without_owners(stored)


def _without_owners(images: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**image, "owner": ""} for image in images]
