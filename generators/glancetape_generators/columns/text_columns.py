"""The texts of images that no table holds: id, name, times and origin; one column each."""

import re
from functools import cached_property, lru_cache, partial

import numpy as np
import orjson

from glancetape_generators.columns.images import Images
from glancetape_generators.columns.naming import Naming
from glancetape_generators.columns.unique_texts import fill_in, unique_texts
from glancetape_generators.sampling.byte_columns import (
    Letters,
    Octets,
    as_octets,
    decimal,
    lengths_of,
    letters_of,
    octets,
    spread,
    together,
    written,
)
from glancetape_generators.sampling.draws import Draws, Flags, Ints
from glancetape_generators.spec.names_and_tags import UNIQUE_FIELDS
from glancetape_generators.world.cast import uuids, write_uuids
from glancetape_generators.world.field_tables import (
    BACKUP,
    COPY,
    DATA,
    ENVIRONMENTS,
    FILE,
    FORMATS,
    GOLD,
    INSTANCE,
    ISO,
    MARKET,
    VOLUME,
)

_MOST_RENAMED = 120  # bytes of a name that gets an ending
# The largest numbers of things that images are made from: disks of a project with one system and
# one size, and its buckets and objects.
_VOLUMES, _BUCKETS, _OBJECTS = 40, 4, 1000
_DISKS_OF_ANY = 2**31 - 1  # odd and large: products of numbers of servers differ, modulo 2**64
_STORE = b"192.0.2.10:5443:pcsims"  # an address for documentation (RFC 5737)
_EDITIONS_OF_PRODUCT = 90
_DAYS = 1 << 12  # that follow each other are written together, and once: 2014 to 2026 are
_MOST_DAYS = 1 << 15
_QCOW2 = ".qcow2"
_NAMES_AN_APP = re.compile(r"[\w{}-]*\{app\}[\w{}-]*", re.ASCII)
_OF_A_SERVER = re.compile(
    r"(?=.*\{(app|os)\})(?:.*\W)?(backup|snap|snapshot|before|golden|packer)(?!\w)", re.DOTALL
)
"""Patterns with an app or a system, and a word that no installation medium is called by."""

_DIGITS = octets([str(number) for number in range(_OBJECTS)])
_EDITIONS = octets([f" {1 + number // 10}.{number % 10}" for number in range(_EDITIONS_OF_PRODUCT)])
_ENDINGS = octets([f".{name}" for name in FORMATS])
_MINUTES = octets([f"T{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)])
_SECONDS = octets([f":{second:02}Z" for second in range(60)])
_TIME = np.dtype([("date", "S10"), ("minute", "S6"), ("second", "S4")])


def write_times(seconds: Ints) -> Octets:
    """Write seconds since 1970 as the API does: 2018-09-06T14:03:27Z."""
    minutes = seconds // 60
    days = minutes // len(_MINUTES)
    written_times = np.empty(len(seconds), _TIME)
    if len(days):
        first, last = int(days.min()) // _DAYS, int(days.max()) // _DAYS
        if (last - first) * _DAYS < _MOST_DAYS:
            written_times["date"] = _dates(first, last).take(days - first * _DAYS)
        else:
            all_days, which = np.unique(days, return_inverse=True)
            written_times["date"] = _dates_of(all_days)[which]
    written_times["minute"] = _MINUTES.take(minutes - days * len(_MINUTES))
    written_times["second"] = _SECONDS.take(seconds - minutes * 60)
    return written_times.view("S20")


def _dates_of(days: Ints) -> Octets:
    dates = days.astype("datetime64[D]")
    years, months = dates.astype("datetime64[Y]"), dates.astype("datetime64[M]")
    letters = written(len(days), 10, b"-")
    _write_digits(letters[:, 0:4], years.astype(np.int64) + 1970)
    _write_digits(letters[:, 5:7], (months - years.astype(months.dtype)).astype(np.int64) + 1)
    _write_digits(letters[:, 8:10], (dates - months.astype(dates.dtype)).astype(np.int64) + 1)
    return as_octets(letters)


def _write_digits(letters: Letters, numbers: Ints) -> None:
    """Write decimal digits, as many as there are columns of letters."""
    for place in reversed(range(letters.shape[1])):
        letters[:, place] = numbers % 10 + ord("0")
        numbers = numbers // 10


@lru_cache(maxsize=8)
def _dates(first: int, last: int) -> Octets:
    """Return the dates of whole stretches of _DAYS days; stretch 0 begins in 1970."""
    return _dates_of(np.arange(first * _DAYS, (last + 1) * _DAYS))


class TextColumns:
    """The text columns of some images; b"" where an image does not have the field."""

    def __init__(self, images: Images) -> None:
        """Write the texts of these images; a column is written when it is read."""
        self.images = images
        self._world = images.world
        self._draws = images.draws
        self._naming = Naming(images)

    @cached_property
    def id(self) -> Octets:
        """Ids: UUIDs of version 4."""
        return write_uuids(*self.images.id_words)

    @cached_property
    def created_at(self) -> Octets:
        """Times of creation."""
        return write_times(self.images.created)

    @cached_property
    def updated_at(self) -> Octets:
        """Times of the last change."""
        return write_times(self.images.updated)

    @cached_property
    def active_at(self) -> Octets:
        """Times since when they can be used; gold images and those without data do not show it."""
        shown = np.flatnonzero((self.images.kind != GOLD) & self.images.is_uploaded)
        return spread(len(self.images), (shown, write_times(self.images.active[shown])))

    @cached_property
    def image_size(self) -> Octets:
        """Bytes of data (`__image_size`): two of three are 8 KiB below a chunk, as in samples."""
        chunks = self.images.size_in_chunks
        shown = np.flatnonzero(chunks)
        lacks = Draws(self._world.seed, self.images.data_records[shown]).below("size/end", 3) < 2
        size = (chunks[shown] << 16) - np.where(lacks, 8192, 0)
        return spread(len(self.images), (shown, decimal(size)))

    # What they are called

    @cached_property
    def is_named(self) -> Flags:
        """Whether an image has a name; if not, its name is null."""
        nulls = self._draws.percent_evenly("name/null", self._world.spec.names.nulls)
        found: Flags = ~(self.images.is_tenants & nulls)
        return found

    @cached_property
    def name(self) -> Octets:
        """Names: gold images have the system's, market images the product's.

        Tenants' images are named by the patterns of the spec.
        """
        return self._renamed(self.first_name)

    @cached_property
    def first_name(self) -> Octets:
        """Names as they were given, before any image was renamed."""
        return self._names(as_json=False)

    @cached_property
    def name_in_json(self) -> Octets:
        """The same names as JSON strings without their quotes."""
        return self._renamed(self.first_name_in_json)

    @cached_property
    def first_name_in_json(self) -> Octets:
        """The first names as JSON strings without their quotes."""
        patterns = self._world.spec.names.patterns
        if all(orjson.dumps(one)[1:-1] == one.encode() for one in patterns):
            return self.first_name
        return self._names(as_json=True)

    def _names(self, *, as_json: bool) -> Octets:
        images, world = self.images, self._world
        public = np.flatnonzero(images.kind == GOLD)
        market = np.flatnonzero(images.kind == MARKET)
        parts = [(public, self._public_names(public)), (market, self._products(market))]
        patterns = world.spec.names.patterns
        chosen = np.where(images.is_tenants & self.is_named, self._naming.pattern, -1)
        for number, pattern in enumerate(patterns):
            places = np.flatnonzero(chosen == number)
            if len(places):
                parts.append((places, self._named(pattern, places, as_json=as_json)))
                media = self._media_named_as_files(pattern, places)
                parts.append((media, self._names_of_media(media)))
                if pattern.endswith(_QCOW2):
                    # A medium is another file, and what was made from a server is none.
                    is_medium = images.way[places] == ISO
                    is_other = ~is_medium & (images.way[places] != FILE)
                    is_medium &= ~np.isin(places, media)
                    for ending, here in ((".iso", is_medium), ("", is_other)):
                        other = pattern.removesuffix(_QCOW2) + ending
                        names = self._named(other, places[here], as_json=as_json)
                        parts.append((places[here], names))
        return spread(len(images), *parts)

    def _products(self, market: Ints) -> Octets:
        """Return the names of market images: those of products, with an edition that rises."""
        images, world = self.images, self._world
        product = images.product[market]
        since = world.days.of(images.created[market])
        numbers = np.clip(since // world.market.step[product], 0, len(_EDITIONS) - 1)
        editions = np.where(world.market.has_edition[product], _EDITIONS.take(numbers), b"")
        return together(world.market.names.take(product), editions)

    def _media_named_as_files(self, pattern: str, places: Ints) -> Ints:
        """Return the installation media that have the name of their file instead of an app's.

        Those of vendors, and all that would be called a backup or the like. None: a spec names its
        images in another way.
        """
        world, images = self._world, self.images
        media = places[images.way[places] == ISO]
        media = media[~world.apps.are_of_spec(images.owner[media])]
        if not _OF_A_SERVER.search(pattern):
            is_of_vendor = images.is_vendors_medium[media]
            named = (
                is_of_vendor if _NAMES_AN_APP.fullmatch(pattern) else np.zeros_like(is_of_vendor)
            )
        else:
            named = world.systems.medium_names.take(images.system[media]) != b""
        found: Ints = media[named]
        return found

    def _names_of_media(self, media: Ints) -> Octets:
        """Return the names of media after their files; those of a project's own have a date."""
        images = self.images
        names = self._world.systems.medium_names.take(images.system[media])
        dates = together(b"-", self._dates(media))
        dates = np.where(images.is_vendors_medium[media], b"", dates)
        return together(names, dates, b".iso" if self._world.is_glance else b"")

    def _renamed(self, names: Octets) -> Octets:
        """Return names with an ending for images that were renamed; the longest have no room."""
        images = self.images
        if "renamed" not in self._world.waiting:
            return names
        renamed = images.lifecycle.has_come(images.lifecycle.renamed) & self.is_named
        renamed &= lengths_of(self.first_name) <= _MOST_RENAMED
        return np.where(renamed, together(names, b"-old"), names)

    def _public_names(self, public: Ints) -> Octets:
        """Return the names of the catalogue's images; an old build has its date after the name."""
        images, catalogue = self.images, self._world.catalogue
        if not len(catalogue):
            return self._world.systems.public_names.take(images.system[public])
        newer = images.newer_builds[public]
        return catalogue.names(images.drafts.turn[public], self._dates(public), newer)

    def _dates(self, places: Ints) -> Octets:
        return as_octets(letters_of(self.created_at.take(places))[:, (0, 1, 2, 3, 5, 6, 8, 9)])

    def _named(self, pattern: str, places: Ints, *, as_json: bool) -> Octets:
        """Fill in a pattern for the images at some places: {app}-{os} makes web-centos."""
        write = partial(self._field, places=places, shows_app="{app}" in pattern)
        return fill_in(pattern, len(places), write, as_json=as_json)

    def _systems(self, places: Ints, *, shows_app: bool) -> Octets:
        """Return what names call the systems; without an app beside it, a data disk has its app."""
        systems, apps = self._world.systems.short_names, self._world.apps.texts
        numbers = self.images.system[places]
        if shows_app:
            return systems.take(numbers)
        is_data = self.images.environment[places] == ENVIRONMENTS.index(DATA)
        numbers = np.where(is_data, len(systems) + self._naming.app[places], numbers)
        return np.concatenate((systems, apps)).take(numbers)

    def _field(self, field: str, places: Ints, *, shows_app: bool) -> Octets:
        if field == "app":
            return self._world.apps.texts.take(self._naming.app[places])
        if field == "os":
            return self._systems(places, shows_app=shows_app)
        if field in UNIQUE_FIELDS:
            return unique_texts(field, "name", self._world, self.images.records[places])
        if field == "number":
            return _DIGITS.take(self._naming.number[places])
        if field == "date":
            return self._dates(places)
        return as_octets(letters_of(self.created_at.take(places))[:, (11, 12, 14, 15)])

    @cached_property
    def is_named_as_qcow2(self) -> Flags:
        """Whether an image has the name of a qcow2 file."""
        ends = np.array([one.endswith(_QCOW2) for one in self._world.spec.names.patterns], np.bool_)
        is_file = self.images.is_tenants & self.is_named & (self.images.way == FILE)
        found: Flags = is_file & ends[self._naming.pattern]
        return found

    @cached_property
    def is_named_after_system(self) -> Flags:
        """Whether an image has a name that begins with its system, and does not show its app."""
        named = np.array(
            [
                one.startswith("{os}") and "{app}" not in one
                for one in self._world.spec.names.patterns
            ]
        )
        found: Flags = self.images.is_tenants & self.is_named & named[self._naming.pattern]
        return found

    # What they were made from

    @cached_property
    def parent(self) -> Octets:
        """Ids of parents (`__originalimagename`); a data disk has the text "null" instead."""
        images = self.images
        return spread(
            len(images),
            (np.flatnonzero(images.has_parent), self.ids_of_parents),
            (np.flatnonzero(images.kind == MARKET), self._sources),
            (np.flatnonzero(images.way == VOLUME), np.array(b"null")),
        )

    @property
    def ids_of_parents(self) -> Octets:
        """Ids of the parents of the images that have one, in their order."""
        return self.images.of_parents(write_uuids(*self.images.parents.id_words))

    @cached_property
    def _sources(self) -> Octets:
        """Ids of the images in other regions that market images are copies of."""
        copies = self.images.records[self.images.kind == MARKET]
        return uuids(self._world.id_seed, "source", copies)

    @cached_property
    def backup(self) -> Octets:
        """Ids of the backups that full-server images were made from, each of its own."""
        chosen = np.flatnonzero(self.images.final_way == BACKUP)
        ids = uuids(self._world.id_seed, "backup", self.images.records[chosen])
        return spread(len(self.images), (chosen, ids))

    def servers(self, chosen: Ints) -> Octets:
        """Return ids of the servers that the chosen images were made from.

        A server has one disk, on a volume or not: those with one number and other disks differ.
        """
        images = self.images
        disks = 2 * images.disk[chosen] + (images.way[chosen] == VOLUME)
        return uuids(self._world.id_seed, "instance", images.server[chosen] * _DISKS_OF_ANY + disks)

    def _volumes(self, chosen: Ints) -> Octets:
        """Ids of the disks that the chosen images were made from.

        A disk holds one system and has one size: a project has up to `_VOLUMES` of them for each.
        """
        images = self.images
        holds = images.system[chosen] * len(self._world.disk_sizes) + images.disk[chosen]
        draws = Draws(self._world.seed, images.records[chosen])
        numbers = holds * _VOLUMES + draws.below("origin/volume", _VOLUMES)
        return self._world.cast.things("volume", images.owner[chosen], numbers)

    @cached_property
    def origin(self) -> Octets:
        """What they were made from (`__data_origin`)."""
        images, region = self.images, self._world.spec.region
        way = images.final_way
        servers, volumes, backups, copies = (
            np.flatnonzero(way == one) for one in (INSTANCE, VOLUME, BACKUP, COPY)
        )
        files = np.flatnonzero((way == FILE) | (way == ISO))
        market = np.flatnonzero(images.kind == MARKET)
        regions = self._world.market.regions.take(images.product[market])
        return spread(
            len(images),
            (servers, together(b"instance,", self.servers(servers))),
            (volumes, together(b"volume,", self._volumes(volumes))),
            (backups, together(b"server_backup,", self.backup.take(backups))),
            (copies, together(f"image,{region},".encode(), self.parent.take(copies))),
            (market, together(b"image,", regions, b",", self._sources)),
            (files, self._files(files)),
        )

    def _files(self, chosen: Ints) -> Octets:
        """The objects that images were made from: a file is named after the app or the system."""
        images = self.images
        draws = Draws(self._world.seed, images.records[chosen])
        of_system = draws.percent("origin/system", 40) | (images.way[chosen] == ISO)
        systems = self._world.systems.short_names.take(images.system[chosen])
        apps = self._world.apps.texts.take(self._naming.app[chosen])
        names = np.where(of_system, systems, apps)
        endings = _ENDINGS.take(images.format[chosen])
        numbers = together(b"-", _DIGITS.take(draws.below("origin/number", _OBJECTS)))
        media = self._world.systems.medium_names.take(images.system[chosen])
        is_medium = images.is_vendors_medium[chosen]
        return together(
            b"file,images-",
            self._world.projects.take(images.owner[chosen]).astype("S8"),
            b"-",
            _DIGITS.take(draws.below("origin/bucket", _BUCKETS)),
            b":",
            np.where(is_medium, media, names),
            np.where(is_medium, b"", numbers),
            endings,
        )

    @cached_property
    def location(self) -> Octets:
        """Addresses of the data, shown for active images of data disks and files."""
        images = self.images
        is_shown = (images.way == VOLUME) | (images.way == FILE) | (images.way == ISO)
        chosen = np.flatnonzero(is_shown & images.is_active)
        projects = self._world.projects.take(images.owner[chosen])
        return spread(len(images), (chosen, together(_STORE, projects, b":", self.id.take(chosen))))
