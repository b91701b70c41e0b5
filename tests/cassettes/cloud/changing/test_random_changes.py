"""Random changes and lists between them: each list is that of a naive model of the cloud."""

import itertools
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from glancetape_cassettes.cloud.overlay.changed_images import Changes
from support.clouds.changes import DATA, PATCH
from support.drawn.examples import examples
from support.images.varied import PROJECTS, varied_images
from support.oracle.deviations import status_of
from support.oracle.naive import naive_answer
from support.oracle.queries import random_query
from support.sets.simulated import Asked, Clock, simulated

ME, OTHER = PROJECTS[:2]
IMAGES = [one for one in varied_images(40, seed=12) if one["owner"] is not None]
NAMES = st.sampled_from(("zebra", "Zebra", "", None, "café", "new", "a,b"))
VISIBILITIES = st.sampled_from(("private", "shared", "community"))
TAGS = st.lists(st.sampled_from(("x86", "a=b", "生产", "new")), max_size=3, unique=True)


class Cloud(RuleBasedStateMachine):
    """A writable cloud, and a list of plain images that the same happens to."""

    images = Bundle("images")

    @initialize(target=images)
    def begin(self) -> Any:
        self.folder = tempfile.TemporaryDirectory()
        numbers = itertools.count()
        changes = Changes(
            Clock(1_600_000_000.0), lambda: f"{next(numbers):08x}-0000-4000-8000-{0:012}"
        )
        self.opened = simulated(Path(self.folder.name), IMAGES, "glance", changes)
        self.cloud: Asked = self.opened.__enter__()
        self.model: dict[str, dict[str, Any]] = {
            one["id"]: json.loads(json.dumps(one)) for one in IMAGES
        }
        return multiple(*(one["id"] for one in IMAGES if one["owner"] == ME))

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.opened.__exit__(None, None, None)
            self.folder.cleanup()

    def _send(self, method: str, target: str, body: Any = None, **how: Any) -> Any:
        response = self.cloud.change(method, target, body, project=how.pop("project", ME), **how)
        assert response.status in (200, 201, 204), (method, target, body, response)
        return json.loads(response.body) if response.body else None

    def _updated(self, image_id: str) -> None:
        """Take over the time of the change, which only the cloud knows."""
        shown = self.cloud.get(f"/v2/images/{image_id}", project=ME)
        assert shown["updated_at"] != self.model[image_id]["updated_at"]
        self.model[image_id]["updated_at"] = shown["updated_at"]

    @rule(target=images, name=NAMES, visibility=VISIBILITIES, tags=TAGS, kind=st.booleans())
    def create(self, name: str | None, visibility: str, tags: list[str], kind: bool) -> str:
        fields: dict[str, Any] = {
            "name": name,
            "visibility": visibility,
            "tags": tags,
            "disk_format": "raw",
            "container_format": "bare",
            **({"__os_type": "Linux"} if kind else {}),
        }
        made = self._send("POST", "/v2/images", fields)
        self.model[made["id"]] = {
            **fields,
            "id": made["id"],
            "status": "queued",
            "owner": ME,
            "size": None,
            "created_at": made["created_at"],
            "updated_at": made["created_at"],
        }
        image_id: str = made["id"]
        return image_id

    @rule(image=images, name=NAMES, visibility=VISIBILITIES, min_disk=st.integers(0, 50))
    def patch(self, image: str, name: str | None, visibility: str, min_disk: int) -> None:
        values = {"name": name, "visibility": visibility, "min_disk": min_disk}
        if self.model[image]["visibility"] == "public":
            del values["visibility"]
        steps = [{"op": "replace", "path": f"/{key}", "value": one} for key, one in values.items()]
        self._send("PATCH", f"/v2/images/{image}", steps, kind=PATCH)
        self.model[image] |= values
        self._updated(image)

    @rule(image=images, tag=st.sampled_from(("x86", "new", "a=b")))
    def tag(self, image: str, tag: str) -> None:
        tags = self.model[image].setdefault("tags", [])
        if tag in tags:
            self._send("DELETE", f"/v2/images/{image}/tags/{tag}")
            tags.remove(tag)
        else:
            self._send("PUT", f"/v2/images/{image}/tags/{tag}")
            tags.append(tag)
        self._updated(image)

    @rule(image=images, data=st.binary(max_size=5))
    def upload(self, image: str, data: bytes) -> None:
        model = self.model[image]
        if model["status"] != "queued":
            return
        self._send("PUT", f"/v2/images/{image}/file", data, kind=DATA)
        shown = self.cloud.get(f"/v2/images/{image}", project=ME)
        model |= {"status": "active", "size": len(data)}
        names = ("checksum", "virtual_size", "os_hash_algo", "os_hash_value", "stores")
        model |= {name: shown[name] for name in names}
        self._updated(image)

    @rule(image=images, project=st.sampled_from(PROJECTS[1:]), accepts=st.booleans())
    def share(self, image: str, project: str, accepts: bool) -> None:
        model = self.model[image]
        members: list[dict[str, str]] = model.setdefault("members", [])
        if model["visibility"] != "shared":
            return
        path = f"/v2/images/{image}/members"
        if any(one["member_id"] == project for one in members):
            self._send("DELETE", f"{path}/{project}")
            model["members"] = [one for one in members if one["member_id"] != project]
            return
        self._send("POST", path, {"member": project})
        status = "accepted" if accepts else "rejected"
        self._send("PUT", f"{path}/{project}", {"status": status}, project=project)
        members.append({"member_id": project, "status": status})

    @rule(image=consumes(images))
    def delete(self, image: str) -> None:
        if self.model[image].get("protected"):
            self._send(
                "PATCH",
                f"/v2/images/{image}",
                [{"op": "replace", "path": "/protected", "value": False}],
                kind=PATCH,
            )
        self._send("DELETE", f"/v2/images/{image}")
        del self.model[image]

    @rule(seed=st.integers(0, 1 << 32), project=st.sampled_from(PROJECTS[:3]))
    def list_images(self, seed: int, project: str) -> None:
        images: list[Mapping[str, Any]] = list(self.model.values())
        query = random_query(Random(seed), images)
        wanted = naive_answer(images, query, project)
        response = self.cloud.ask("GET", f"/v2/images?{query}", project=project)

        assert status_of(query, wanted.status) == response.status, query
        if response.status == 200:
            page = json.loads(response.body)
            assert wanted.ids == [one["id"] for one in page["images"]], query
            assert wanted.next == page.get("next"), query

    @rule(sort=st.sampled_from(("name:asc", "size", "updated_at:asc", "id:asc", "status,name:asc")))
    def walk(self, sort: str) -> None:
        """All pages of a walk are the list in one page."""
        found: list[str] = []
        target = f"/v2/images?sort={sort}&limit=7&visibility=all"
        while target:
            page = self.cloud.get(target, project=ME)
            found += [one["id"] for one in page["images"]]
            target = page.get("next", "")
        whole = self.cloud.get(f"/v2/images?sort={sort}&limit=1000&visibility=all", project=ME)

        assert [one["id"] for one in whole["images"]] == found

    @invariant()
    def the_file_is_the_set(self) -> None:
        """Nothing is written to it."""
        if hasattr(self, "cloud"):
            assert len(IMAGES) == len(self.cloud.images)


Cloud.TestCase.settings = examples(20, stateful_step_count=25)
TestRandomChanges = Cloud.TestCase
