"""The cast: who and what images refer to, the same for all of a set.

Whatever belongs to a project belongs to no other.
"""

from functools import cached_property
from hashlib import blake2b

import numpy as np

from glancetape_generators.sampling.byte_columns import Octets, as_octets, written
from glancetape_generators.sampling.draws import Choice, Draws, Ints, Words
from glancetape_generators.spec.spec import Projects
from glancetape_generators.vocabulary.tables import Row

ENTERPRISES = 3
"""Enterprise projects of a project, besides the default one."""
KEYS = 2
"""Encryption keys of a project."""
_OF_A_PROJECT = 1 << 36  # things of one sort that a project may have
PRODUCTS = 400
"""Products on the market."""


class Cast:
    """The projects of a set, numbered from the largest tenant on; then the operator, the market."""

    def __init__(self, seed: int, projects: Projects) -> None:
        """Take how many tenants there are."""
        self._seed = seed
        self.tenants = projects.count
        self.operator, self.market = self.tenants, self.tenants + 1
        self.ids = [self._project(number) for number in range(self.tenants + 2)]
        # The largest is as wide as 2**28 / (1 + evenness); the least at least 1.
        widths = [
            max(1, (1 << 20) // (projects.evenness + rank)) for rank in range(1, self.tenants + 1)
        ]
        self.sizes = Choice(range(self.tenants), widths)

    def _project(self, number: int) -> str:
        text = self._digest("project", number)
        return f"0{text[1:]}" if number % 3 else text  # newer projects begin with 0

    def _digest(self, sort: str, number: int) -> str:
        return blake2b(f"{self._seed}/{sort}/{number}".encode(), digest_size=16).hexdigest()

    def _uuid(self, sort: str, number: int) -> str:
        text = self._digest(sort, number)
        variant = "89ab"[int(text[16], 16) % 4]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    @cached_property
    def ring(self) -> list[int]:
        """The tenants in an order that has nothing to do with their sizes."""
        mixed = Draws(self._seed, np.arange(self.tenants)).bits("ring")
        return [int(number) for number in np.argsort(mixed, kind="stable")]

    @cached_property
    def places(self) -> list[int]:
        """Each tenant's place in the ring."""
        places = [0] * self.tenants
        for place, tenant in enumerate(self.ring):
            places[tenant] = place
        return places

    def owner_rows(self) -> list[Row]:
        """Give a row for each project."""
        return [{"owner": project} for project in self.ids]

    def enterprise_rows(self) -> list[Row]:
        """Give the rows of enterprise projects: none, the default, ENTERPRISES of each tenant."""
        ids = [self._uuid("enterprise", number) for number in range(self.tenants * ENTERPRISES)]
        pairs = [
            {"enterprise_project_id": one, "_sys_enterprise_project_id": one} for one in ["0", *ids]
        ]
        return [{}, *pairs]

    def key_rows(self) -> list[Row]:
        """Give the rows of encryption keys: none, then KEYS of each tenant."""
        ids = [self._uuid("key", number) for number in range(self.tenants * KEYS)]
        return [{}, *({"__system__cmkid": one} for one in ids)]

    def product_rows(self) -> list[Row]:
        """Give the rows of market products: none, then each."""
        return [{}, *({"__productcode": self._digest("product", n)} for n in range(PRODUCTS))]

    def things(self, sort: str, owners: Ints, numbers: Ints) -> Octets:
        """Give ids of things of owners, such as servers: the n-th of each owner has its own."""
        return uuids(self._seed, sort, owners * _OF_A_PROJECT + numbers)


def uuids(seed: int, field: str, records: Words | Ints) -> Octets:
    """Draw a UUID (version 4) for each record."""
    draws = Draws(seed, records)
    return write_uuids(*uuid_words(draws, field))


def uuid_words(draws: Draws, field: str) -> tuple[Words, Words]:
    """Draw the two halves of a UUID (version 4) for each record."""
    high = draws.bits(f"{field}/high") & np.uint64(0xFFFFFFFFFFFF0FFF) | np.uint64(0x4000)
    low = draws.bits(f"{field}/low") & np.uint64((1 << 62) - 1) | np.uint64(1 << 63)
    return high, low


_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_GROUPS = ((0, 8), (9, 13), (14, 18), (19, 23), (24, 36))


def write_uuids(high: Words, low: Words) -> Octets:
    """Write UUIDs as text, lower case."""
    halves = np.stack([high, low], axis=1).astype(">u8")
    numbers = halves.view(np.uint8).reshape(len(high), 16)
    digits = np.empty((len(high), 32), np.uint8)
    digits[:, 0::2] = _DIGITS[numbers >> 4]
    digits[:, 1::2] = _DIGITS[numbers & 15]
    letters = written(len(high), 36, b"-")
    place = 0
    for start, end in _GROUPS:
        letters[:, start:end] = digits[:, place : place + end - start]
        place += end - start
    return as_octets(letters)
