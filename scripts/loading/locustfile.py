"""Users that list images, for Locust: each answer is checked, and a wrong one is a failure.

    locust -f scripts/loading/locustfile.py --host http://127.0.0.1:8180

`scripts/load` runs it with its own server. The cloud may hold any number of images: nothing is
compared with a list of all of them. What a user knows is what the pages themselves say:

    walk     the same query in pages of another size gives the same images in the same order
    filter   each image has the value that was asked for
    sort     neighbours are in the order that was asked for, and no image comes twice
    look up  an image by its id is the image of the list, and a query by its name finds it
"""

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from locust import task
from locust.contrib.fasthttp import FastHttpUser
from locust.exception import RescheduleTask, StopUser

Image = dict[str, Any]

HEADERS = {"X-Auth-Token": "load-test", "Accept": "application/json"}
LIMITS = (7, 20, 25, 50, 100)
SORT_KEYS = ("name", "created_at", "updated_at", "id", "size", "status")
FILTERS = ("status", "visibility", "disk_format", "container_format", "protected", "min_ram")
MOST_PAGES = 8
"""Pages of one walk, so that a user does several things in a run of a few seconds."""


class WrongAnswer(RescheduleTask):
    """An answer that no cloud may give. Locust counts it as a failure of the request."""


class ImageUser(FastHttpUser):
    """Somebody's program, without a pause between its requests."""

    def on_start(self) -> None:
        """Look at the first page, from which the later queries are made."""
        page = self.page("/v2/images?limit=100", "first page")
        self.known: list[Image] = page["images"]
        if not self.known:
            print("the service lists no images to a token of its own")
            raise StopUser

    @task(4)
    def walk(self) -> None:
        """The same list in pages of two sizes."""
        name, value = self.filter()
        query = f"{name}={value}&" if random.random() < 0.5 else ""
        one, other = random.sample(LIMITS, 2)
        first = [image["id"] for image in self.images(f"/v2/images?{query}limit={one}", "walk")]
        again = self.images(f"/v2/images?{query}limit={other}", "walk")
        second = [image["id"] for image in again]
        common = min(len(first), len(second))
        with self.checking("walk: compared"):
            if first[:common] != second[:common]:
                raise WrongAnswer(f"{query} differs in pages of {one} and of {other}")
            for ids in (first, second):
                if len(set(ids)) < len(ids):
                    raise WrongAnswer(f"{query} shows an image twice")

    @task(3)
    def filter_images(self) -> None:
        """A page of a filter."""
        name, value = self.filter()
        page = self.page(f"/v2/images?{name}={value}&limit={random.choice(LIMITS)}", "filter")
        with self.checking("filter: compared"):
            for image in page["images"]:
                if quote(_as_text(image.get(name)), safe="") != value:
                    raise WrongAnswer(f"{name}={value} shows an image with {image.get(name)!r}")

    @task(3)
    def sort_images(self) -> None:
        """Some pages of a sorted list."""
        key, direction = random.choice(SORT_KEYS), random.choice(("asc", "desc"))
        limit = random.choice(LIMITS)
        path = f"/v2/images?sort_key={key}&sort_dir={direction}&limit={limit}"
        images = list(self.images(path, "sort", most=3))
        with self.checking("sort: compared"):
            values = [one[key] for one in images if one.get(key) is not None]
            if values != sorted(values, reverse=direction == "desc"):
                raise WrongAnswer(f"sort_key={key} is in another order")
            if len({one["id"] for one in images}) < len(images):
                raise WrongAnswer(f"sort_key={key} shows an image twice")

    @task(2)
    def look_up(self) -> None:
        """An image by its id and by its name."""
        image = random.choice(self.known)
        found = self.page(f"/v2/images/{image['id']}", "look up an id")
        named = self.page(
            f"/v2/images?name={quote(image['name'], safe='')}&limit=1000", "look up a name"
        )
        with self.checking("look up: compared"):
            if found != image:
                raise WrongAnswer(f"{image['id']} is another image than in the list")
            if image["id"] not in {one["id"] for one in named["images"]}:
                raise WrongAnswer(f"name={image['name']!r} does not show {image['id']}")

    # What the tasks are made of

    def filter(self) -> tuple[str, str]:
        """A filter and a value of it that some image has, ready for a URL."""
        image, name = random.choice(self.known), random.choice(FILTERS)
        return name, quote(_as_text(image.get(name)), safe="")

    def images(self, path: str, name: str, most: int = MOST_PAGES) -> Iterator[Image]:
        """The images of a list, page by page."""
        link: str | None = path
        for _ in range(most):
            page = self.page(link, name)
            yield from page["images"]
            link = page.get("next")
            if link is None:
                return

    def page(self, path: str, name: str) -> dict[str, Any]:
        """The JSON of an answer with status 200; any other ends the task as a failure."""
        with self.client.get(path, headers=HEADERS, name=name, catch_response=True) as answer:
            try:
                page = answer.json() if answer.status_code == 200 else None
            except ValueError:
                page = None
            if not isinstance(page, dict):
                answer.failure(f"status {answer.status_code}, or no JSON")
                raise WrongAnswer(f"{path}: status {answer.status_code}")
            return page

    def checking(self, name: str) -> "_Checked":
        """A block whose WrongAnswer is counted under a name of its own."""
        return _Checked(self, name)


class _Checked:
    def __init__(self, user: ImageUser, name: str) -> None:
        self._user, self._name = user, name

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        self._user.environment.events.request.fire(
            request_type="CHECK",
            name=self._name,
            response_time=0,
            response_length=0,
            exception=error if isinstance(error, WrongAnswer) else None,
            context={},
        )
        return isinstance(error, WrongAnswer)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
