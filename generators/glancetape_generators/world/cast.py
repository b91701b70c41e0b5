"""The cast of a set: its projects, and the keys, servers and disks that belong to each of them.

Nothing belongs to two projects: the validator has a rule for each of these things.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import blake2b

import numpy as np

from glancetape_generators.sampling.byte_columns import (
    Octets,
    as_octets,
    hexadecimal,
    letters_of,
    written,
)
from glancetape_generators.sampling.draws import Choice, Draws, Ints, Words
from glancetape_generators.spec.spec import Projects
from glancetape_generators.vocabulary.tables import Row

ENTERPRISES = 3
"""How many enterprise projects a project has, besides the default one."""
KEYS = 2
"""How many encryption keys a project has."""
_TEAMS = ("web", "data", "platform", "ci", "shop", "research", "iot", "billing", "ml", "network")
_STAGES = ("dev", "prod", "test", "lab", "staging")
_PEOPLE = ("alice", "bob", "lena")
_USERS = ("admin", "ci", "alice", "deploy", "jenkins", "bob", "packer", "terraform", "lena", "ops")
_OFF = 20  # percent by which a size may be off the line
OF_A_PROJECT = 1 << 44
"""The largest number of things of one sort that a project may have."""
PRODUCTS = 400
"""How many products the market has."""


class Cast:
    """The projects of a set by number: tenants from the largest on, then operator and market."""

    def __init__(
        self,
        seed: int,
        projects: Projects,
        others: Iterable[str] = (),
        *,
        id_seed: int | None = None,
        of_keystone: bool = False,
    ) -> None:
        """Make the project ids and the sizes of the tenants.

        `others` are further projects, whose images are all given: they come last. `id_seed` decides
        about ids, and `seed` about the rest; without it, one seed decides about all. A plain
        Keystone takes UUIDs without hyphens for ids; IMS has ids of its own.
        """
        self._seed, self._of_keystone = seed, of_keystone
        self._id_seed = seed if id_seed is None else id_seed
        self.tenants = projects.count
        self.operator, self.market = self.tenants, self.tenants + 1
        self.ids = self._projects(self.tenants + 2)
        known = set(self.ids)
        self.named = dict(zip(projects.named, range(len(self.ids), 1 << 32), strict=False))
        """The numbers of the projects that the spec names."""
        others = [*self.named, *others]
        self.ids += [one for one in dict.fromkeys(others) if one not in known]
        widths = _widths(seed, projects)
        self.sizes = Choice(range(self.tenants), widths)
        self.widths: Ints = np.zeros(len(self.ids), np.int64)
        """The size of each project; 0 for the operator, the market and those that come last."""
        self.widths[: self.tenants] = widths
        rest = 100 - sum(one.share for one in projects.named.values())
        for name, one in projects.named.items():
            self.widths[self.named[name]] = sum(widths) * one.share // rest

    def _projects(self, count: int) -> list[str]:
        if self._of_keystone:
            return [one.replace("-", "") for one in self._uuids("project", count)]
        ids = [one.hex() for one in self._digests("project", count)]
        # Newer projects begin with 0.
        return [f"0{one[1:]}" if number % 3 else one for number, one in enumerate(ids)]

    def _digests(self, sort: str, count: int) -> Iterator[bytes]:
        """Yield 16 bytes for each number; what all have in common is hashed once."""
        begun = blake2b(f"{self._id_seed}/{sort}/".encode(), digest_size=16)
        for number in range(count):
            one = begun.copy()
            one.update(b"%d" % number)
            yield one.digest()

    def _uuids(self, sort: str, count: int) -> list[str]:
        words = np.frombuffer(b"".join(self._digests(sort, count)), ">u8").astype(np.uint64)
        ids = write_uuids(*_of_version_4(words[::2], words[1::2]))
        return [one.decode() for one in ids.tolist()]

    @cached_property
    def ring(self) -> list[int]:
        """The tenants in an order independent of their sizes: members are taken along it."""
        mixed = Draws(self._seed, np.arange(self.tenants)).bits("ring")
        return [int(number) for number in np.argsort(mixed, kind="stable")]

    @property
    def _holders(self) -> int:
        """How many projects may have keys and enterprise projects; others come after the market."""
        return len(self.ids) if len(self.ids) > self.tenants + 2 else self.tenants

    def owner_rows(self) -> list[Row]:
        """Return a row for each project."""
        return [{"owner": project} for project in self.ids]

    def enterprise_rows(self) -> list[Row]:
        """Return rows of enterprise projects: none, the default one, then ENTERPRISES a tenant."""
        ids = self._uuids("enterprise", self._holders * ENTERPRISES)
        pairs = [
            {"enterprise_project_id": one, "_sys_enterprise_project_id": one} for one in ["0", *ids]
        ]
        return [{}, *pairs]

    def key_rows(self) -> list[Row]:
        """Return rows of encryption keys: none, then KEYS a tenant."""
        return [{}, *({"__system__cmkid": one} for one in self._uuids("key", self._holders * KEYS))]

    def user_rows(self, users: int, *, of_operator: bool) -> tuple[list[Row], list[Row]]:
        """Return rows of users, none and then `users` a tenant: with their ids, and with names.

        The operator has some only if `of_operator`, or if projects come after it.
        """
        ids: list[Row] = [{}]
        names: list[Row] = [{}]
        known = Counter[str]()  # in a domain of Keystone, no name is there twice
        tenants = max(self._holders, self.tenants + of_operator)
        digests = self._digests("user", tenants * users)
        for tenant, named in enumerate(self._digests("project name", tenants)):
            chosen = int.from_bytes(named[:4], "big")
            team = f"{_TEAMS[chosen % len(_TEAMS)]}-{_STAGES[chosen // 64 % len(_STAGES)]}"
            project = _counted(team, known)
            for number in range(users):
                user = _USERS[(chosen + number) % len(_USERS)]
                name = _counted(user if user in _PEOPLE else f"{user}-{project}", known)
                ids.append({"owner_id": self.ids[tenant], "user_id": next(digests).hex()})
                names.append({"owner_project_name": project, "owner_user_name": name})
        return ids, names

    def product_rows(self) -> list[Row]:
        """Return rows of market products: none, then each product."""
        return [{}, *({"__productcode": one.hex()} for one in self._digests("product", PRODUCTS))]

    def things(self, sort: str, owners: Ints, numbers: Ints) -> Octets:
        """Return the ids of owners' things, such as servers; `numbers` counts each owner's own."""
        return uuids(self._id_seed, sort, owners * OF_A_PROJECT + numbers)


def _widths(seed: int, projects: Projects) -> list[int]:
    """Return the sizes of tenants in whole numbers of at least 1, the largest first.

    They are near 1 / (evenness + rank), as no real projects are on such a line.
    """
    ranks = np.arange(1, projects.count + 1)
    parts = 100 - _OFF + Draws(seed, ranks).below("project size", 2 * _OFF + 1)
    parts[0] = 100
    widths = np.maximum((1 << 20) // (projects.evenness + ranks) * parts // 100, 1)
    listed: list[int] = np.sort(widths)[::-1].tolist()
    return listed


def _counted(name: str, known: Counter[str]) -> str:
    """Return a name that is not known yet: web-dev, then web-dev2."""
    known[name] += 1
    return f"{name}{known[name]}" if known[name] > 1 else name


def uuids(seed: int, field: str, records: Words | Ints) -> Octets:
    """Return a UUID (version 4) for each record, as text."""
    draws = Draws(seed, records)
    return write_uuids(*uuid_words(draws, field))


def uuid_words(draws: Draws, field: str) -> tuple[Words, Words]:
    """Return the two halves of a UUID (version 4) for each record."""
    return _of_version_4(draws.bits(f"{field}/high"), draws.bits(f"{field}/low"))


def _of_version_4(high: Words, low: Words) -> tuple[Words, Words]:
    high = high & np.uint64(0xFFFFFFFFFFFF0FFF) | np.uint64(0x4000)
    return high, low & np.uint64((1 << 62) - 1) | np.uint64(1 << 63)


_UUID = np.dtype(
    {
        "names": [*"abcdefgh"],
        "formats": ["S4"] * 8,
        "offsets": [0, 4, 9, 14, 19, 24, 28, 32],
        "itemsize": 36,
    }
)
"""Where the digits of a UUID are, in parts of four; hyphens are between some of them."""


def write_uuids(high: Words, low: Words) -> Octets:
    """Return UUIDs as text in lower case."""
    letters = written(len(high), _UUID.itemsize, b"-")
    parts, digits = letters.view(_UUID)[:, 0], letters_of(hexadecimal([high, low])).view("S4")
    for number, name in enumerate(_UUID.names or ()):
        parts[name] = digits[:, number]
    return as_octets(letters)
