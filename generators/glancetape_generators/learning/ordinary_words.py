"""Words that say nothing about whose images have them: they may leave any capture."""

import re
from functools import cache

from glancetape_generators.spec.spec import DISKS, KINDS, WAYS
from glancetape_generators.vocabulary.flavours import FLAVOURS, flavour_named, platforms
from glancetape_generators.vocabulary.vocabulary import systems, vocabulary

ORDINARY = frozenset(
    """
    v r rc img image images ims backup bak copy golden base template snapshot snap test prod dev
    before after update upgrade for new old latest prev final node server vm disk iso build release
    other daily weekly packer stream 镜像 备份 true false null yes no
    qcow2 zvhd zvhd2 vhd vhdx vmdk raw img x86_64 amd64 arm64 aarch64 bios uefi
    """.split()
)
"""Of names and values, besides the words of the vocabulary."""
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 6  # of one text: a longer one is a sentence


def words_of(text: str) -> list[str]:
    """Return the words of a text: runs of letters and digits."""
    return _WORD.findall(text)


@cache
def names_of_systems() -> frozenset[str]:
    """Return what names of images call a system, in any flavour: `rocky`, `Red Hat`, versions."""
    all_systems = [one for name in FLAVOURS for one in flavour_named(name).systems]
    shorts = {one.short for one in all_systems} | {one.version for one in systems()}
    return frozenset(shorts | set(platforms()) | {"data"})


@cache
def known_words() -> frozenset[str]:
    """Return the ordinary words and those of the vocabulary, in small letters."""
    texts = (
        *(ORDINARY | {*KINDS, *WAYS, *DISKS, *platforms()}),
        *vocabulary()["applications"],
        *names_of_systems(),
    )
    return frozenset(
        word for text in texts for word in (text.casefold(), *words_of(text.casefold()))
    )


def is_known_text(text: str) -> bool:
    """Whether a text is in the vocabulary, or a few of its words are all of the text.

    >>> is_known_text("before update"), is_known_text("before the merger")
    (True, False)
    """
    known, folded = known_words(), text.casefold()
    if folded in known:
        return True
    words = words_of(folded)
    return 0 < len(words) <= _MOST_WORDS and all(word in known for word in words)
