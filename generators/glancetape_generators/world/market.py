"""The products on the market: what each is called, and the region that it is copied from.

    product 1, 2    Docker host 3.4    COPY_LAMP stack 1.2
    product 3       cn-south-1_yst-nginx-std

A list answer of cn-south-1 from 2022 has names of these forms.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Draws, choice_of
from glancetape_generators.vocabulary.vocabulary import products, vocabulary
from glancetape_generators.world.cast import PRODUCTS

DISK_OF_PRODUCTS = 40
"""The usual `min_disk` of images on the market, in GB."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_OF_VENDOR = 3  # letters
_FORMS = 10
_BY_VENDOR, _COPIED = 0, 1  # of the forms of names; by the others a product is what it is


class Market:
    """The products by number, from 1 on; product 0 is for images that are not on the market."""

    def __init__(
        self, seed: int, languages: Mapping[str, int], regions: Sequence[str], region: str
    ) -> None:
        """Name the products of a cloud in its languages; its market copies them to a region."""
        others = [name for name in regions if name != region] or [region]
        copied_from = [others[product % len(others)] for product in range(PRODUCTS + 1)]
        draws = Draws(seed, np.arange(PRODUCTS + 1, dtype=np.int64))
        spoken = choice_of(languages).pick(draws, "product/language").tolist()
        vendors = draws.below("product/vendor", len(_LETTERS) ** _OF_VENDOR).tolist()
        words: Sequence[str] = vocabulary()["applications"]
        of_words = draws.below("product/word", len(words)).tolist()
        forms = draws.below("product/form", _FORMS).tolist()
        names = []
        for product, form in enumerate(forms):
            if form == _BY_VENDOR:
                vendor, word = _letters(vendors[product]), words[of_words[product]]
                names.append(f"{copied_from[product]}_{vendor}-{word}-std")
            else:
                listed = products([*languages][spoken[product]])
                name, _ = listed[product % len(listed)]
                names.append(f"COPY_{name}" if form == _COPIED else name)
        self.names = octets(names)
        self.has_edition = np.array([form != _BY_VENDOR for form in forms])
        """Whether the number of an edition follows the name."""
        self.regions = octets(copied_from)
        self.step = 30 + 15 * draws.below("product/step", 6)
        """How many days an edition of each product is the newest."""
        self.is_usual = draws.below("product/disk", 8) > 0
        """Whether its images have the usual disk."""


def _letters(number: int) -> str:
    """Return the short name of a vendor: `yst`."""
    found = []
    for _ in range(_OF_VENDOR):
        number, letter = divmod(number, len(_LETTERS))
        found.append(_LETTERS[letter])
    return "".join(found)
