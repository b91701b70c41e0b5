"""Images that were changed are found by the same queries as those of the file."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from glancetape_cassettes.cloud.overlay.changed_images import Changes
from support.drawn.examples import share_of
from support.images.varied import PROJECTS, varied_images
from support.oracle.deviations import status_of
from support.oracle.naive import naive_answer
from support.oracle.queries import random_query
from support.sets.simulated import Clock, simulated

IMAGES = [one for one in varied_images(60, seed=12) if one["owner"] is not None]


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_a_list_of_changed_images_is_that_of_a_naive_model(dialect: str, tmp_path: Path) -> None:
    """Each owner adds a tag to all images of its own, so the file answers for none of them."""
    changes = Changes(Clock(1_600_000_000.0), lambda: "new")
    images: list[dict[str, Any]] = json.loads(json.dumps(IMAGES))
    with simulated(tmp_path, IMAGES, dialect, changes) as cloud:
        for image in images:
            put = cloud.change(
                "PUT", f"/v2/images/{image['id']}/tags/changed", None, project=image["owner"]
            )
            assert put.status == 204
            shown = cloud.get(f"/v2/images/{image['id']}", project=image["owner"])
            image["tags"] = [*image.get("tags", []), "changed"]
            image["updated_at"] = shown["updated_at"]
        random = Random(3)
        for _ in range(share_of(1200)):
            query, project = random_query(random, images), random.choice(PROJECTS[:3])
            wanted = naive_answer(images, query, project, dialect)

            response = cloud.ask("GET", f"/v2/images?{query}", project=project)

            assert status_of(query, wanted.status) == response.status, query
            if response.status == 200:
                page = json.loads(response.body)
                assert wanted.ids == [one["id"] for one in page["images"]], query
                assert wanted.next == page.get("next"), query
