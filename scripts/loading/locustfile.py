"""Users that list images, for Locust: each answer is checked, and a wrong one is a failure.

    locust -f scripts/loading/locustfile.py --host http://127.0.0.1:8180

`scripts/load` runs it with its own server. The cloud may hold any number of images: nothing is
compared with a list of all of them. What a user knows is what the pages themselves say:

    walk     the same query in pages of another size gives the same images in the same order, and
             those of the first page are among them
    filter   each image has the value that was asked for, and those of the first page come first
    sort     neighbours are in the order that was asked for, and no image comes twice
    look up  an image by its id is the image of the list, and a query by its name finds it
"""

import random
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple
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


class Shown(NamedTuple):
    """What a user has seen of a list."""

    ids: list[str]
    has_ended: bool
    """Whether that was all of it."""

    def agrees_with(self, other: "Shown") -> bool:
        """Whether both may be of one list: equal as far as both go, and nothing after an end."""
        short, long = sorted((self, other), key=lambda one: len(one.ids))
        is_whole = not short.has_ended or len(short.ids) == len(long.ids)
        return is_whole and short.ids == long.ids[: len(short.ids)]


class WrongAnswer(RescheduleTask):
    """An answer that no cloud may give. Locust counts it as a failure of the request."""


class ImageUser(FastHttpUser):
    """Somebody's program, without a pause between its requests."""

    def on_start(self) -> None:
        """Look at the first page, from which the later queries are made."""
        page = self.page("/v2/images?limit=100", "first page")
        self.known: list[Image] = page["images"]
        self.knows_all = "next" not in page
        if not self.known:
            print("the service lists no images to a token of its own")
            raise StopUser

    @task(4)
    def walk(self) -> None:
        """The same list in pages of two sizes."""
        name, value = self.filter()
        query = f"{name}={value}&" if random.random() < 0.5 else ""
        known = self.known_with(name, value) if query else self.known_with()
        walks = {"of 100, at the start": known}
        for limit in random.sample(LIMITS, 2):
            walks[f"of {limit}"] = self.shown(f"/v2/images?{query}limit={limit}", "walk")
        with self.checking("walk: compared"):
            for (pages, walk), (others, other) in combinations(walks.items(), 2):
                if not walk.agrees_with(other):
                    raise WrongAnswer(f"{query} differs in pages {pages} and {others}")
            if any(len(set(walk.ids)) < len(walk.ids) for walk in walks.values()):
                raise WrongAnswer(f"{query} shows an image twice")

    @task(3)
    def filter_images(self) -> None:
        """A page of a filter."""
        name, value = self.filter()
        page = self.page(f"/v2/images?{name}={value}&limit={random.choice(LIMITS)}", "filter")
        with self.checking("filter: compared"):
            for image in page["images"]:
                if _in_url(image.get(name)) != value:
                    raise WrongAnswer(f"{name}={value} shows an image with {image.get(name)!r}")
            shown = Shown([image["id"] for image in page["images"]], "next" not in page)
            if not shown.agrees_with(self.known_with(name, value)):
                raise WrongAnswer(f"{name}={value} lacks images of the first page")

    @task(3)
    def sort_images(self) -> None:
        """Some pages of a sorted list."""
        key, direction = random.choice(SORT_KEYS), random.choice(("asc", "desc"))
        limit = random.choice(LIMITS)
        path = f"/v2/images?sort_key={key}&sort_dir={direction}&limit={limit}"
        images = [one for page in self.pages(path, "sort", most=3) for one in page["images"]]
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
        image = random.choice(self.known)
        name = random.choice([name for name in FILTERS if image.get(name) not in (None, "")])
        return name, _in_url(image[name])

    def known_with(self, name: str = "", value: str = "") -> Shown:
        """What the first page shows of a list, which may be that of a filter.

        Nothing for `visibility`: with it a list may have images that one without it leaves out
        (`community`), or leave some out (`shared`, where only those of others are meant).
        """
        if name == "visibility":
            return Shown([], has_ended=False)
        ids = [one["id"] for one in self.known if not name or _in_url(one.get(name)) == value]
        return Shown(ids, self.knows_all)

    def shown(self, path: str, name: str) -> Shown:
        """What the first pages of a list show."""
        ids: list[str] = []
        last: Image = {}
        for last in self.pages(path, name):
            ids += [image["id"] for image in last["images"]]
        return Shown(ids, "next" not in last)

    def pages(self, path: str, name: str, most: int = MOST_PAGES) -> Iterator[dict[str, Any]]:
        """The first pages of a list."""
        link: str | None = path
        for _ in range(most):
            page = self.page(link, name)
            yield page
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


def _in_url(value: object) -> str:
    """A value as a query of a URL has it."""
    return quote(str(value).lower() if isinstance(value, bool) else str(value), safe="")
