"""What images have as text of their own: names, origins, tags, times. Lists, one item an image."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from string import Formatter

import numpy as np

from glancetape_generators.cast import uuids, write_uuids
from glancetape_generators.draws import Choice, Draws, Ints
from glancetape_generators.images import Images
from glancetape_generators.rules import (
    BACKUP,
    COPY,
    FILE,
    GOLD,
    INSTANCE,
    ISO,
    MARKET,
    SHARED,
    VOLUME,
)
from glancetape_generators.spec import Tags
from glancetape_generators.vocabulary import vocabulary

Texts = list[str | None]
Member = dict[str, str]

# Things that a project has at most, of those that images are made of.
_SERVERS, _VOLUMES, _BACKUPS, _BUCKETS = 400, 200, 60, 4
_SHARED_PROJECTS_OF_BACKUP = 10  # so many may share a full-ECS image
_STORE = "192.0.2.10:5443"  # an address for documentation (RFC 5737)
_REGIONS = ("eu-west-0", "eu-de", "eu-nl", "cn-north-4", "cn-south-1", "ap-southeast-1")
_NUMBERS = 240  # numbers in names are below
_FIELD = re.compile(r"\{\w+\}")
_WORDS: list[str] = vocabulary()["applications"]
_MARKET: list[str] = vocabulary()["market_names"]


def write_times(seconds: Ints) -> list[str]:
    """Write seconds since 1970 as the API does."""
    written: list[str] = np.datetime_as_string(
        seconds.astype("datetime64[s]"), unit="s", timezone="UTC"
    ).tolist()
    return written


class OwnTexts:
    """The texts of some images."""

    def __init__(self, images: Images) -> None:
        """Take the images."""
        self.images = images
        self._world = images.world
        self._draws = images.draws

    def _some(self, chosen: Ints, texts: list[str]) -> Texts:
        found: Texts = [None] * len(self.images)
        for place, text in zip(chosen.tolist(), texts, strict=True):
            found[place] = text
        return found

    @cached_property
    def id(self) -> list[str]:
        """Give the ids: UUIDs of version 4."""
        return write_uuids(*self.images.id_words)

    @cached_property
    def created_at(self) -> list[str]:
        """Give when they were created."""
        return write_times(self.images.created)

    @cached_property
    def updated_at(self) -> list[str]:
        """Give when they were last changed."""
        return write_times(self.images.updated)

    @cached_property
    def active_at(self) -> Texts:
        """Give when they became active; public images do not tell."""
        told = np.flatnonzero((self.images.kind != GOLD) & self.images.is_uploaded)
        return self._some(told, write_times(self.images.active[told]))

    @cached_property
    def image_size(self) -> Texts:
        """Give how many bytes of data they have."""
        chunks = self.images.size_in_chunks
        told = np.flatnonzero(chunks)
        return self._some(told, [str(size) for size in (chunks[told] << 16).tolist()])

    # What they are called

    @cached_property
    def name(self) -> Texts:
        """Give the names: of public images the system's, of others what people write."""
        images, systems = self.images, self._world.systems
        found: Texts = [None] * len(images)
        public = np.flatnonzero(images.kind == GOLD)
        for place, system in zip(public.tolist(), images.system[public].tolist(), strict=True):
            found[place] = systems[system].version + systems[system].suffix
        market = np.flatnonzero(images.kind == MARKET)
        products = images.product[market].tolist()
        numbers = self._draws.below("name/number", _NUMBERS)[market].tolist()
        for place, product, number in zip(market.tolist(), products, numbers, strict=True):
            found[place] = f"{_MARKET[product % len(_MARKET)]} {1 + number // 40}.{number % 10}"
        named = images.is_tenants & ~self._draws.percent("name/null", self._world.spec.names.nulls)
        patterns = self._world.spec.names.patterns
        chosen = np.where(named, _choice_of(patterns).pick(self._draws, "name"), -1)
        for number, pattern in enumerate(patterns):
            places = np.flatnonzero(chosen == number)
            if len(places):
                for place, name in zip(places.tolist(), self._named(pattern, places), strict=True):
                    found[place] = name
        return found

    def _named(self, pattern: str, places: Ints) -> list[str]:
        """Name some images by a pattern: fill in what it has in {}."""
        fields = [field for _, field, _, _ in Formatter().parse(pattern) if field]
        template = _FIELD.sub("%s", pattern.replace("%", "%%"))
        columns = [self._field(field, places) for field in fields]
        if not columns:
            return [pattern] * len(places)
        return [template % filled for filled in zip(*columns, strict=True)]

    def _field(self, field: str, places: Ints) -> Sequence[object]:
        records = Draws(self._world.seed, self.images.records[places])
        if field == "app":
            return [_WORDS[one] for one in records.below("name/app", len(_WORDS)).tolist()]
        if field == "os":
            return [self._world.systems[one].short for one in self.images.system[places].tolist()]
        if field == "number":
            numbers: list[int] = records.below("name/number", _NUMBERS).tolist()
            return numbers
        created = [self.created_at[place] for place in places.tolist()]
        if field == "date":
            return [one[:10].replace("-", "") for one in created]
        return [one[11:13] + one[14:16] for one in created]

    @cached_property
    def tags(self) -> list[list[str]]:
        """Give the tags that tenants have set: few keys a project, some values more than others."""
        spec, images = self._world.spec.tags, self.images
        found: list[list[str]] = [[] for _ in range(len(images))]
        if not spec.share or not spec.keys:
            return found
        tagged = np.flatnonzero(images.is_tenants & self._draws.percent("tags", spec.share))
        draws = Draws(self._world.seed, images.records[tagged])
        counts = 1 + np.minimum(*(draws.below(f"tags/count/{n}", spec.most) for n in (1, 2)))
        # Each project begins elsewhere in the list of keys.
        first = Draws(self._world.seed, images.owner[tagged]).below("tags/first", len(spec.keys))
        choices = _TagChoices(spec)
        for turn in range(min(spec.most, len(spec.keys))):
            has = counts > turn
            some, keys = tagged[has], (first[has] + turn) % len(spec.keys)
            texts = choices.pick(Draws(self._world.seed, images.records[some]), keys, turn)
            for place, text in zip(some.tolist(), texts, strict=True):
                found[place].append(text)
        return found

    @cached_property
    def members(self) -> list[list[Member]]:
        """Give the projects that images are shared with, by their ids."""
        world, cast = self._world, self._world.cast
        found: list[list[Member]] = [[] for _ in range(len(self.images))]
        most = min(world.spec.members.most, cast.tenants - 1)
        shared = np.flatnonzero(self.images.kind == SHARED)
        if not len(shared):
            return found
        draws = Draws(world.seed, self.images.records[shared])
        wanted = Choice(range(1, most + 1), [1 + 1000 // n**2 for n in range(1, most + 1)])
        counts = wanted.pick(draws, "members/count")
        is_backup = self.images.final_way[shared] == BACKUP
        counts = np.where(is_backup, np.minimum(counts, _SHARED_PROJECTS_OF_BACKUP), counts)
        first = cast.sizes.pick(draws, "members/first")
        statuses = [
            _choice_of(world.spec.members.statuses).pick(draws, f"members/status/{turn}").tolist()
            for turn in range(int(counts.max()))
        ]
        names = world.member_statuses
        rows = zip(
            shared.tolist(), counts.tolist(), first.tolist(), self.images.owner[shared].tolist(),
            strict=True,
        )  # fmt: skip
        for number, (place, count, begin, owner) in enumerate(rows):
            found[place] = [
                {"member_id": cast.ids[project], "status": names[statuses[turn][number]]}
                for turn, project in enumerate(_around(cast.ring, cast.places[begin], owner, count))
            ]
        return found

    # What they were made of

    @cached_property
    def parent(self) -> Texts:
        """Give the ids of parents; the cloud says "null" of data disks."""
        images = self.images
        found: Texts = [None] * len(images)
        for chosen, texts in (
            (np.flatnonzero(images.has_parent), write_uuids(*images.parents.id_words)),
            (np.flatnonzero(images.kind == MARKET), self._sources),
            (volumes := np.flatnonzero(images.way == VOLUME), ["null"] * len(volumes)),
        ):
            for place, text in zip(chosen.tolist(), texts, strict=True):
                found[place] = text
        return found

    @cached_property
    def _sources(self) -> list[str]:
        """Give the images in other regions that those on the market are copies of."""
        copies = self.images.records[self.images.kind == MARKET]
        return uuids(self._world.seed, "source", copies)

    @cached_property
    def backup(self) -> Texts:
        """Give the backups that full-ECS images were made of."""
        chosen = np.flatnonzero(self.images.final_way == BACKUP)
        return self._some(chosen, self._things("backup", chosen, _BACKUPS))

    def _things(self, sort: str, chosen: Ints, most: int) -> list[str]:
        draws = Draws(self._world.seed, self.images.records[chosen])
        owners = self.images.owner[chosen]
        return self._world.cast.things(sort, owners, draws.below(f"origin/{sort}", most))

    @cached_property
    def origin(self) -> Texts:
        """Give where they come from (`__data_origin`)."""
        images, cast, region = self.images, self._world.cast, self._world.spec.region
        way = images.final_way
        others = [name for name in _REGIONS if name != region]
        found: Texts = [None] * len(images)

        def put(chosen: Ints, texts: list[str]) -> None:
            for place, text in zip(chosen.tolist(), texts, strict=True):
                found[place] = text

        for number, sort, most in (
            (INSTANCE, "instance", _SERVERS), (VOLUME, "volume", _VOLUMES),
        ):  # fmt: skip
            chosen = np.flatnonzero(way == number)
            put(chosen, [f"{sort},{one}" for one in self._things(sort, chosen, most)])
        chosen = np.flatnonzero(way == BACKUP)
        put(chosen, [f"server_backup,{self.backup[place]}" for place in chosen.tolist()])
        chosen = np.flatnonzero(way == COPY)
        put(chosen, [f"image,{region},{self.parent[place]}" for place in chosen.tolist()])
        chosen = np.flatnonzero(images.kind == MARKET)
        regions = (images.product[chosen] % len(others)).tolist()
        put(
            chosen,
            [f"image,{others[r]},{one}" for r, one in zip(regions, self._sources, strict=True)],
        )
        chosen = np.flatnonzero((way == FILE) | (way == ISO))
        draws = Draws(self._world.seed, images.records[chosen])
        rows = zip(
            images.owner[chosen].tolist(),
            draws.below("origin/bucket", _BUCKETS).tolist(),
            draws.below("origin/object", len(_WORDS)).tolist(),
            draws.below("origin/number", 1000).tolist(),
            images.format[chosen].tolist(),
            strict=True,
        )
        put(
            chosen,
            [
                f"file,images-{cast.ids[owner][:8]}-{bucket}:{_WORDS[word]}-{number}.{_ENDINGS[end]}"
                for owner, bucket, word, number, end in rows
            ],
        )
        return found

    @cached_property
    def location(self) -> Texts:
        """Give where the data is: told of images of data disks and of files."""
        images = self.images
        told = (images.way == VOLUME) | (images.way == FILE) | (images.way == ISO)
        chosen = np.flatnonzero(told & images.is_active)
        owners = images.owner[chosen].tolist()
        return self._some(
            chosen,
            [
                f"{_STORE}:pcsims{self._world.cast.ids[owner]}:{self.id[place]}"
                for place, owner in zip(chosen.tolist(), owners, strict=True)
            ],
        )


_ENDINGS = ("zvhd2", "zvhd", "vhd", "raw", "qcow2", "iso")


def _choice_of(weights: Mapping[str, int]) -> Choice:
    return Choice(range(len(weights)), list(weights.values()))


def _around(ring: list[int], place: int, owner: int, count: int) -> list[int]:
    """Give so many projects along the ring, but the owner."""
    found: list[int] = []
    while len(found) < count:
        project = ring[place % len(ring)]
        if project != owner:
            found.append(project)
        place += 1
    return found


class _TagChoices:
    """All tags that there can be, key by key, and how they are chosen."""

    def __init__(self, spec: Tags) -> None:
        self._old = spec.old
        weights = [weight for values in spec.keys.values() for weight in values.values()]
        self._ends: Ints = np.cumsum(np.array(weights, np.int64))
        self._totals = np.array([sum(values.values()) for values in spec.keys.values()], np.int64)
        self._begins = np.cumsum(self._totals) - self._totals
        self._tags, self._old_tags = (
            [_tag(key, value, mark) for key, values in spec.keys.items() for value in values]
            for mark in "=."
        )

    def pick(self, draws: Draws, keys: Ints, turn: int) -> list[str]:
        """Choose a tag of a key for each image."""
        places = self._begins[keys] + draws.below(f"tags/value/{turn}", self._totals[keys])
        numbers = np.searchsorted(self._ends, places, "right").tolist()
        old = draws.percent(f"tags/old/{turn}", self._old).tolist()
        return [
            self._old_tags[number] if is_old else self._tags[number]
            for number, is_old in zip(numbers, old, strict=True)
        ]


def _tag(key: str, value: str, mark: str) -> str:
    return f"{key}{mark}{value}" if value else key
