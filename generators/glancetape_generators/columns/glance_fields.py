"""What images of a plain Glance have besides the fields of every image.

An image has data: its own, that of the image which it is a copy of, or that of a file which other
people upload too. Images with the same data have the same size, checksum and hash. A snapshot has
the properties of the image that its server was made from, and those no longer fit its data.
"""

from functools import cached_property

import numpy as np

from glancetape_cassettes.imageset.making.listed_images import NULL
from glancetape_generators.columns.drafts import Drafts
from glancetape_generators.columns.images import STEADY, Images
from glancetape_generators.columns.text_columns import TextColumns
from glancetape_generators.sampling.byte_columns import (
    Octets,
    hexadecimal,
    is_there,
    spread,
    together,
)
from glancetape_generators.sampling.draws import Choice, Draws, Flags, Ints
from glancetape_generators.spec.names_and_tags import MADE_BY_GLANCE
from glancetape_generators.spec.templates import BY_SDK
from glancetape_generators.world.calendar import DAY
from glancetape_generators.world.cast import uuids, write_uuids
from glancetape_generators.world.field_tables import (
    BACKUP,
    COPY,
    FILE,
    GOLD,
    INSTANCE,
    ISO,
    OS_TYPES,
    VOLUME,
)
from glancetape_generators.world.fixed import FIRST_FIXED
from glancetape_generators.world.glance_tables import (
    AKI,
    AMI,
    ARI,
    BY_NOVA,
    COMMUNITY_ROW,
    DISK_OF_WINDOWS,
    FORMATS_OF_FILES,
    ISO_FORMAT,
    MEASURED,
    MODERN,
    QCOW2,
    RAMS,
    RAW,
    ROLES,
    UNKNOWN,
    USERS,
)

_MIB, _GIB = 1 << 20, 1 << 30
_FILE_FORMATS = Choice(range(len(FORMATS_OF_FILES)), FORMATS_OF_FILES)
_FILE_DISKS = Choice([2, 3, 5, 8, 10], [20, 16, 12, 14, 18])  # GB; any server's disk is as large
_TINY_DISK = 112 << 20  # bytes: that of CirrOS, a small system for tests
_FILE_RAMS = Choice([RAMS.index(size) for size in (0, 512, 1024, 2048, 4096)], [86, 4, 4, 4, 2])
_RELEASES = 8  # of a system, that people download and upload
_UPSTREAM = 60  # percent of the uploads with such names that are such a file
_SAME_MEDIUM = 400  # days for which a distribution publishes the same installation medium
_MEDIA, _OF_MEDIUM = 1 << 40, 1 << 20  # more than numbers of other files, and of media of a system
_USABLE = 3  # builds of a public image; older ones are hidden
_OF_CLOUDS = (1 << 61) - 1  # more than the number of a record
_EMPTY_MD5 = b"d41d8cd98f00b204e9800998ecf8427e"
_EMPTY_SHA512 = (
    b"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    b"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
)
_SDK = "owner_specified.openstack."
_MAPPING = (
    b'[{"guest_format": null, "boot_index": 0, "delete_on_termination": false, "no_device": null, '
    b'"snapshot_id": "',
    b'", "device_name": "/dev/vda", "disk_bus": "virtio", "image_id": null, '
    b'"source_type": "snapshot", "tag": null, "device_type": "disk", "volume_id": null, '
    b'"destination_type": "volume", "volume_size": ',
    b"}]",
)


class GlanceFields:
    """The fields of some images of a plain Glance."""

    texts = ("checksum", "os_hash_value", *MADE_BY_GLANCE)
    """The texts that are in no table; an image with b"" in the column has null or nothing."""
    nullable = frozenset(("checksum", "os_hash_value"))
    """Those that are null where an image does not have them; other texts are missing."""

    written = frozenset(("locations",))
    """The members whose JSON is written as a whole."""

    def __init__(self, images: Images, columns: TextColumns) -> None:
        """Take the rows and texts of these images; a column is computed when it is read."""
        self.images = images
        self._columns = columns
        self._world = images.world
        self._draws = images.draws

    def has(self, name: str) -> Flags:
        """Return whether an image has one of `texts`."""
        # openstacksdk leaves empty texts.
        text = self._by_sdk["object"] if name.startswith(_SDK) else self.text(name)
        return is_there(text)

    def text(self, name: str) -> Octets:
        """Return the column of one of `texts`."""
        if name.startswith(_SDK):
            return self._by_sdk[name.removeprefix(_SDK)]
        found: Octets = getattr(self, name)
        return found

    def in_json(self, name: str) -> Octets:
        """Return the same column in JSON, without quotes."""
        if name == f"{_SDK}object":
            return self._by_sdk["object in JSON"]
        if name == "locations":
            return self.locations()
        if name == "block_device_mapping":
            return self._mapping(*(part.replace(b'"', b'\\"') for part in _MAPPING))
        return self.text(name)

    # Rows of tables

    @cached_property
    def rows(self) -> dict[str, Ints]:
        """Table of the world -> the row of each image."""
        images = self.images
        return {
            "status": images.status,
            "visibility": self._visibility,
            "constant": np.zeros(len(images), np.int64),
            "hidden": self._hidden.astype(np.int64),
            "algorithm": (~images.is_uploaded).astype(np.int64),
            "format": np.where(self._is_unknown, UNKNOWN, self.format),
            "disk": images.disk,
            "ram": self._ram,
            "owner": images.owner,
            "system": images.system,
            "nova": self._nova,
            "volume": (images.way == VOLUME).astype(np.int64),
            "user": self._user,
            "person": np.where(self._is_modern, self._user, 0),
            **images.extras_in_tables,
        }

    @property
    def _newer_builds(self) -> Ints:
        return self.images.newer_builds

    @cached_property
    def _visibility(self) -> Ints:
        # The last three builds can be used: see `uuid_validity` in the catalogue.
        old = (self._newer_builds > 0) & (self._newer_builds < _USABLE)
        return np.where(old, COMMUNITY_ROW, self.images.shown_kind)

    @cached_property
    def _hidden(self) -> Flags:
        old = self._newer_builds >= _USABLE
        found: Flags = old | self.images.is_hidden_from_lists
        if "hidden" in self._world.waiting:
            life = self.images.lifecycle
            found |= life.has_come(life.hidden)
        return found

    @cached_property
    def is_counted(self) -> Flags:
        """Whether it counts for its owner, who may be the home project: it is not public."""
        found: Flags = self._visibility != GOLD
        return found

    @cached_property
    def _is_by_server(self) -> Flags:
        way = self.images.way
        found: Flags = (way == INSTANCE) | (way == BACKUP) | (way == VOLUME)
        return found

    @cached_property
    def _is_modern(self) -> Flags:
        found: Flags = self.images.created >= MODERN * DAY
        return found

    @cached_property
    def _user(self) -> Ints:
        number = 1 + self.images.owner * USERS + self._draws.below("user", USERS)
        return np.where(self._is_by_server, number, 0)

    @cached_property
    def _nova(self) -> Ints:
        ours = Draws(self._world.seed, self.images.owner)
        # The backup of one day of the week is kept longer.
        weekly = self.images.created // DAY % 7 == ours.below("backup/weekly", 7)
        sort = np.where(self.images.way == BACKUP, 1 + weekly.astype(np.int64), 0)
        roles = 1 + ours.below("roles", len(ROLES))
        row = 1 + sort * (1 + len(ROLES)) + np.where(self._is_modern, roles, 0)
        row = np.where(self.images.drafts.has_status("queued"), len(BY_NOVA) + row, row)
        return np.where(self._is_by_server, row, 0)

    @cached_property
    def _ram(self) -> Ints:
        drawn = _FILE_RAMS.pick(self._draws, "min_ram")
        ram = np.where((self.images.way == FILE) | (self.images.way == ISO), drawn, 0)
        ram = self._of_catalogue(ram, self._world.catalogue_rams)
        is_public_medium = self._is_given(ISO_FORMAT) & (self.images.kind == GOLD)
        ram = np.where(self._is_kernel | is_public_medium, 0, ram)
        return self._of_parents(ram, "_ram")

    def _of_catalogue(self, values: Ints, of_public: Ints) -> Ints:
        """Return `values`, with the value of its catalogue entry for each public image."""
        public = np.flatnonzero((self.images.kind == GOLD) & ~self._is_by_server)
        if not len(public) or not len(self._world.catalogue):
            return values
        values = values.copy()
        numbers = self._world.catalogue.number(self.images.drafts.turn[public])
        values[public] = of_public[numbers]
        return values

    # What it was made from

    @cached_property
    def _with_parent(self) -> Ints:
        return np.flatnonzero(self.images.has_parent)

    @cached_property
    def _parents(self) -> "GlanceFields":
        parents = self.images.parents
        return GlanceFields(parents, TextColumns(parents))

    def _of_parents(self, values: Ints, name: str, *, copies: bool = False) -> Ints:
        """Return `values`, with its parent's for each image that has one; or for `copies` only."""
        some = self._with_parent
        chosen = self.images.way[some] == COPY if copies else np.ones(len(some), bool)
        if not chosen.any():
            return values
        found = values.copy()
        found[some[chosen]] = self.images.of_parents(getattr(self._parents, name))[chosen]
        return found

    @cached_property
    def _root(self) -> Ints:
        """The record at the beginning: a public image or an upload."""
        return self._of_parents(self.images.records, "_root")

    @cached_property
    def data(self) -> Ints:
        """A number for the data: images with the same number have the same data."""
        images, systems = self.images, self._world.systems
        is_file = (images.way == FILE) | (images.way == ISO)
        sizes = np.array(self._world.disk_sizes, np.int64)
        fits = (images.way == ISO) | (sizes[images.disk] == 0)  # any disk is large enough for it
        fits &= (images.way == ISO) | ~self._is_format_given
        # A name with an app, or with a builder's words, belongs to an image that its project made.
        fits &= (images.way == ISO) | self._columns.is_named_after_system
        upstream = is_file & fits & self._draws.percent("upstream", _UPSTREAM)
        release = self._draws.below("upstream/release", _RELEASES)
        number = -1 - (systems.version[images.system] * 2 + (images.way == ISO)) * _RELEASES
        data = np.where(upstream, number - release, images.records)
        # Who uploads a vendor's medium has the file that all have: the last one, once the system
        # has ended.
        is_medium = (images.way == ISO) & (images.records < FIRST_FIXED)
        days = np.minimum(images.created // DAY, systems.until[images.system] - 1)
        of_system = (days - systems.since[images.system]) // _SAME_MEDIUM
        media = -_MEDIA - systems.medium[images.system] * _OF_MEDIUM - of_system
        media = np.where(images.is_vendors_medium, media, images.records)
        data = np.where(is_medium, media, data)
        return self._of_parents(data, "data", copies=True)

    @cached_property
    def _of_data(self) -> Draws:
        return Draws(self._world.seed, self.data)

    @cached_property
    def format(self) -> Ints:
        """The row of its formats, also for an image that does not show them yet."""
        way = self.images.way
        is_ceph = self._world.spec.store == "ceph"
        drawn = _FILE_FORMATS.pick(self._of_data, "disk_format")
        # What upstream publishes is qcow2, whatever it is called here.
        is_qcow2 = (way != FILE) | self._columns.is_named_as_qcow2 | (self.data < 0)
        found = np.where(is_qcow2, QCOW2, drawn)
        found = np.where(way == ISO, ISO_FORMAT, found)
        found = self._of_catalogue(found, self._world.catalogue_formats)
        found = np.where(self._is_by_server, RAW if is_ceph else QCOW2, found)
        found = np.where(self._is_by_server & (self._boots_with[0] >= 0), AMI, found)
        return self._given("format", self._of_parents(found, "format", copies=True))

    def _given(self, name: str, drawn: Ints) -> Ints:
        return self._world.fixed.over(name, self.images.records, drawn)

    @cached_property
    def _is_format_given(self) -> Flags:
        found: Flags = self._given("format", np.full(len(self.images), -1, np.int64)) >= 0
        return found

    def _is_given(self, *formats: int) -> Flags:
        return np.isin(self.format, formats) & self._is_format_given

    @cached_property
    def _is_kernel(self) -> Flags:
        """Whether it is a kernel or a ramdisk that the spec gives."""
        return self._is_given(AKI, ARI)

    @cached_property
    def _is_unknown(self) -> Flags:
        early = self.images.drafts.has_status("queued") & (self.images.way == FILE)
        early &= ~self._is_format_given
        found: Flags = early & self._draws.percent("disk_format/unknown", 40)
        return found

    @cached_property
    def _boots_with(self) -> tuple[Ints, Ints]:
        """The records of its kernel and its ramdisk, -1 for none."""
        none = np.full(len(self.images), -1, np.int64)
        catalogue, every = self._world.catalogue, self._world.spec.catalogue.every
        kernels, ramdisks = self._world.catalogue_kernels
        fixed = tuple(
            self._world.fixed.over(name, self._root, none) for name in ("kernel", "ramdisk")
        )
        if not len(catalogue) or not (kernels >= 0).any():
            return fixed[0], fixed[1]
        roots = np.flatnonzero(Drafts(self._world, self._root).is_of_catalogue)
        turns = catalogue.turn_at(self._root[roots] // every)
        numbers, builds = catalogue.number(turns), catalogue.build(turns)
        found = []
        for of_public, given in zip((kernels, ramdisks), fixed, strict=True):
            has = of_public[numbers] >= 0
            records = given.copy()
            turn = catalogue.turn_like(of_public[numbers[has]], builds[has])
            records[roots[has]] = catalogue.place(turn) * every
            found.append(records)
        return found[0], found[1]

    # Sizes, in bytes

    @cached_property
    def _is_windows(self) -> Flags:
        found: Flags = self.images.os_type == OS_TYPES.index("Windows")
        return found

    @cached_property
    def _room(self) -> Ints:
        """The size of the virtual disk in it, also where Glance does not know it."""
        images, way = self.images, self.images.way
        disk = np.array(self._world.disk_sizes, np.int64)[images.disk]
        drawn = _FILE_DISKS.pick(self._of_data, "virtual_size")
        drawn = np.where(self._is_windows, np.maximum(drawn, DISK_OF_WINDOWS), drawn)
        room = np.where((self.data < 0) | (disk == 0), drawn, disk) * _GIB
        systems = self._world.systems.rows
        is_tiny = np.array([one.platform == "CirrOS" for one in systems], np.bool_)[images.system]
        room = np.where(is_tiny, _TINY_DISK, room)
        room = np.where(self._is_by_server, disk * _GIB, room)
        least, most = (of[images.system] * _MIB for of in self._world.systems.medium_sizes)
        of_system = Draws(self._world.seed, -1 - self._world.systems.medium[images.system])
        medium = least + of_system.wide("size/iso", most - least)
        # From release to release it changes by a few percent.
        medium += medium // 25 * self._of_data.below("size/release", 1000) // 1000
        medium = medium // 2048 * 2048
        public = self._of_catalogue(room, self._world.catalogue_values("disk") * _MIB)
        room = np.where(self._is_format_given, room, public)
        room = np.where((way == ISO) | self._is_given(ISO_FORMAT), medium, room)
        room = np.where(self._is_kernel, 0, room)
        return self._of_parents(room, "_room", copies=True)

    @cached_property
    def _length(self) -> Ints:
        """The size of its data, also before the upload."""
        room = self._room
        least = np.maximum(room // 30, np.where(self._is_windows, 4000 * _MIB, 400 * _MIB))
        least = np.minimum(least, room // 2) + 1
        # Most images are small: the lesser of two draws. A server has about as much data in each of
        # its images.
        server = self.images.server
        of_servers = Draws(
            self._world.seed, np.where(self._is_by_server & (server >= 0), server, self.data)
        )
        first, second = (
            of_servers.below(f"size/{n}", np.minimum(room // 2 // 65_536 + 1, 1 << 31))
            for n in (1, 2)
        )
        change = STEADY + self._of_data.below("size/change", 1000 - STEADY)
        packed = (least // 65_536 + 1 + np.minimum(first, second) * change // 1000) * 65_536
        tiny = 12 * _MIB + self._of_data.below("size/tiny", 9 * _MIB) // 512 * 512
        packed = np.where(room == _TINY_DISK, tiny, packed)
        whole = (self.format == RAW) | (self.format == ISO_FORMAT)
        found = np.where(whole, room, packed)
        mib = self._world.catalogue_values("size") * _MIB
        public = self._of_catalogue(np.zeros_like(room), mib)
        # Builds of an image differ by a few percent.
        public += public // 25 * self._of_data.below("size/build", 1000) // 1000 // 512 * 512
        public = np.where(self._is_format_given, 0, public)
        found = np.where((public > 0) & ~(whole & (room > 0)), public, found)
        kernel = (4 + self._of_data.below("size/kernel", 16)) * _MIB
        found = np.where(self._is_kernel, kernel, found)
        return self._of_parents(found, "_length", copies=True)

    @cached_property
    def size(self) -> Ints:
        """The size of its data, NULL before the upload; 0 for a snapshot of volumes."""
        found = np.where(self.images.way == VOLUME, 0, self._length)
        return np.where(self.images.is_uploaded, found, NULL)

    @cached_property
    def virtual_size(self) -> Ints:
        """The size of the disk in it, NULL where Glance does not know it."""
        known = self.images.is_uploaded & (self.images.way != VOLUME) & (self.format < AMI)
        known &= (self.images.created >= MEASURED * DAY) & (self._room > 0)
        return np.where(known, self._room, NULL)

    @property
    def numbers(self) -> dict[str, Ints]:
        """The numbers that are in no table."""
        return {"size": self.size, "virtual_size": self.virtual_size}

    # Texts

    def _digest(self, sort: str, length: int) -> Octets:
        """Return hexadecimal digits that follow from the data, of `length` words of 64 bits."""
        return hexadecimal([self._hashed.bits(f"{sort}/{n}") for n in range(length)])

    @cached_property
    def _hashed(self) -> Draws:
        """The draws of hashes: what other people publish is the same in each cloud of a seed."""
        of_cloud = self._world.id_seed & _OF_CLOUDS
        return Draws(self._world.seed, np.where(self.data < 0, self.data, self.data + of_cloud))

    def _of_uploaded(self, texts: Octets, empty: bytes) -> Octets:
        texts = np.where(self.images.way == VOLUME, empty, texts)
        return np.where(self.images.is_uploaded, texts, b"")

    @cached_property
    def checksum(self) -> Octets:
        """The MD5 of the data."""
        return self._of_uploaded(self._digest("md5", 2), _EMPTY_MD5)

    @cached_property
    def os_hash_value(self) -> Octets:
        """The SHA-512 of the data."""
        return self._of_uploaded(self._digest("sha512", 8), _EMPTY_SHA512)

    @cached_property
    def base_image_ref(self) -> Octets:
        """The image that the server was made from."""
        of_server = self._is_by_server[self._with_parent]
        ids = self._columns.ids_of_parents[of_server]
        return spread(len(self.images), (self._with_parent[of_server], ids))

    @cached_property
    def instance_uuid(self) -> Octets:
        """The server that it is an image of."""
        chosen = np.flatnonzero(self._is_by_server)
        return spread(len(self.images), (chosen, self._columns.servers(chosen)))

    def _ids_of(self, records: Ints) -> Octets:
        chosen = np.flatnonzero(records >= 0)
        ids = write_uuids(*Images(self._world, records[chosen]).id_words)
        return spread(len(records), (chosen, ids))

    @cached_property
    def kernel_id(self) -> Octets:
        """The kernel that a server boots it with."""
        return self._ids_of(self._boots_with[0])

    @cached_property
    def ramdisk_id(self) -> Octets:
        """The ramdisk that a server boots it with."""
        return self._ids_of(self._boots_with[1])

    @cached_property
    def _by_sdk(self) -> dict[str, Octets]:
        """What openstacksdk wrote when it uploaded the file at the beginning."""
        drafts = Drafts(self._world, self._root)
        uploaded = (drafts.way == FILE) | (drafts.way == ISO)
        places = np.flatnonzero(uploaded)
        places = places[Images(self._world, self._root[places]).keys.have(BY_SDK)]
        root = Images(self._world, self._root[places])
        columns = TextColumns(root)
        fields = GlanceFields(root, columns)
        # By default it computes no checksums, and leaves them empty.
        computed = root.draws.percent("sdk/checksums", 40)
        nothing = spread(len(self.images))
        if not len(places):
            return dict.fromkeys(("md5", "sha256", "object", "object in JSON"), nothing)
        found = {
            "md5": np.where(computed, fields._digest("md5", 2), b""),
            "sha256": np.where(computed, fields._digest("sha256", 4), b""),
            "object": together(b"images/", columns.first_name),
            "object in JSON": together(b"images/", columns.first_name_in_json),
        }
        return {name: spread(len(self.images), (places, text)) for name, text in found.items()}

    @cached_property
    def block_device_mapping(self) -> Octets:
        """The snapshots of volumes that a server of it has as disks."""
        return self._mapping(*_MAPPING)

    def _mapping(self, start: bytes, middle: bytes, end: bytes) -> Octets:
        images = self.images
        chosen = np.flatnonzero(images.way == VOLUME)
        gigabytes = np.array(self._world.disk_sizes, np.int64)[images.disk[chosen]].astype("S6")
        snapshots = uuids(self._world.id_seed, "snapshot", images.records[chosen])
        return spread(len(images), (chosen, together(start, snapshots, middle, gigabytes, end)))

    @cached_property
    def direct_url(self) -> Octets:
        """Where the data is in Ceph; nothing in a cloud that does not show it."""
        images, world = self.images, self._world
        if world.spec.store != "ceph":
            return spread(len(images))
        chosen = np.flatnonzero(images.is_uploaded & (images.way != VOLUME))
        urls = together(f"rbd://{world.cluster}/images/".encode(), self._columns.id, b"/snap")
        return spread(len(images), (chosen, urls[chosen]))

    def locations(self) -> Octets:
        """Return the locations in JSON, b"" where there are none."""
        urls = self.direct_url
        chosen = np.flatnonzero(urls != b"")
        lists = together(b'[{"url":"', urls[chosen], b'","metadata":{}}]')
        return spread(len(urls), (chosen, lists))
