"""Values of a spec's YAML file, each with its file, line and key for error messages.

    kinds: {privat: 1}
    region.yaml, line 1: kinds.privat: no such kind (did you mean private?); choose one of ...

Only what a spec needs is read: mappings, lists and plain scalars. Aliases and tags are refused.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import shown
from glancetape_cassettes.later import later
from glancetape_generators.sampling.draws import Share

if TYPE_CHECKING:
    import difflib

    from glancetape_cassettes.formats import safe_yaml
else:  # a spec without mistakes needs neither
    difflib, safe_yaml = later("difflib"), later("glancetape_cassettes.formats.safe_yaml")

MOST_WEIGHT = 1 << 32
"""The largest sum of weights."""

_MOST_DEPTH = 20
_MOST_NAMED = 40  # in a message
_TOO_DEEP = "nested too deep for a spec"
_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_FRACTION = re.compile(r"(0|[1-9][0-9]{0,8})\.[0-9]{1,3}", re.ASCII)
_SHARE = re.compile(r"(0|[1-9][0-9]{0,2})(\.[0-9]{1,3})?", re.ASCII)
_BOOL = "tag:yaml.org,2002:bool"
_NULL = "tag:yaml.org,2002:null"
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9_]{0,20})", re.ASCII)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the file."""

    file: str
    key: str
    """Its path, such as `tags.keys.env`; empty for the file as a whole."""
    node: Node
    is_shown: bool = True
    """Whether a message may quote what is in the wrong place: in some files it is a password."""

    def error(self, what: str) -> ImageSetError:
        """Return an error that names the file, the line and the key."""
        key = f"{self.key}: " if self.key else ""
        return ImageSetError(f"{self.file}, line {_line_of(self.node)}: {key}{what}.")

    def wanted(self, what: str) -> ImageSetError:
        """Return the error "VALUE is not WHAT"."""
        return self.error(f"{self._shown()} is not {what}")

    def _shown(self) -> str:
        if isinstance(self.node, MappingNode):
            return "a mapping"
        if isinstance(self.node, SequenceNode):
            return "a list"
        if self.node.tag == _NULL and not self.node.value:
            return "nothing"
        if not self.is_shown:
            return "a text"
        quoted = getattr(self.node, "style", None) in ('"', "'")
        return shown(self.node.value, quoted=quoted or not self.node.value)

    def text(self) -> str:
        """Return the text of a scalar as it is written: `1.10` is "1.10"."""
        if not isinstance(self.node, ScalarNode):
            raise self.wanted("text")
        text: str = self.node.value
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise self.wanted("text: it contains half of a surrogate pair")
        return text

    def text_or_null(self) -> str | None:
        """Return the text of a scalar, or None for an unquoted null."""
        return None if self.node.tag == _NULL else self.text()

    def short_text(self, most: int) -> str:
        """Return a text of 1 to `most` characters without control characters."""
        text = self.text()
        if not text:
            raise self.error(f"the text is empty; write 1 to {most} characters")
        if len(text) > most:
            raise self.error(f"has {len(text)} characters; at most {most} are allowed")
        if any(unicodedata.category(letter) == "Cc" for letter in text):
            named = shown(text) if self.is_shown else self._shown()
            raise self.error(f"{named} contains a control character")
        return text

    def choice(self, known: Collection[str], noun: str) -> str:
        """Return a text that must be one of `known`."""
        text = self.text()
        if text not in known:
            raise self.error(f"no such {noun}{self._unless_named(text)}{_instead(text, known)}")
        return text

    def no_such(self, noun: str, text: str, known: Collection[str]) -> ImageSetError:
        """Return the error of a text that is none of many: it names those that are like it.

        Where none is, it names all of them if they are few.
        """
        nearest = difflib.get_close_matches(text[:100], known, n=3, cutoff=0.4)
        meant = f" (did you mean {', '.join(nearest)}?)" if nearest else ""
        if not nearest and len(known) <= _MOST_NAMED:
            meant = f"; choose one of {', '.join(known)}"
        return self.error(f"no such {noun}{self._unless_named(text)}{meant}")

    def _unless_named(self, text: str) -> str:
        """A text for a message; "" where it is a key, which ends the path that begins the message.

        The path of a value, or of an item of a list, ends with another key: `like: golden`.
        """
        name = shown(text, quoted=not text)
        return "" if self.key == name or self.key.endswith(f".{name}") else f", {name}"

    def number(self, least: int, most: int) -> int:
        """Return a whole number that must be within a range."""
        if self.node.tag == _INT and _DECIMAL.fullmatch(self.node.value):
            number = int(self.node.value)
            if least <= number <= most:
                return number
        raise self.wanted(f"a whole number from {least} to {most:,}")

    def share(self) -> Share:
        """Return a share in percent: a whole number, or one with up to three decimals."""
        text = self.node.value if isinstance(self.node, ScalarNode) else ""
        if self.node.tag in (_INT, _FLOAT) and _SHARE.fullmatch(text):
            share = Fraction(text)
            if share <= 100:
                return int(share) if share.denominator == 1 else share
        raise self.wanted("a percentage from 0 to 100, such as 5 or 0.5")

    def flag(self) -> bool:
        """Return true or false."""
        if self.node.tag == _BOOL and self.node.value in ("true", "false"):
            return bool(self.node.value == "true")
        raise self.wanted("true or false")

    def weight(self) -> Share:
        """Return a weight, how often something occurs: a number with up to three decimals."""
        text = self.node.value if isinstance(self.node, ScalarNode) else ""
        if self.node.tag == _FLOAT and _FRACTION.fullmatch(text):
            return Fraction(text)
        if self.node.tag == _INT and _DECIMAL.fullmatch(text) and 0 <= int(text) <= MOST_WEIGHT:
            return int(text)
        raise self.wanted(f"a weight from 0 to {MOST_WEIGHT:,}, such as 3 or 0.5")

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.node, SequenceNode)

    def items(self) -> list["Value"]:
        """Return the items of a list."""
        if not isinstance(self.node, SequenceNode):
            raise self.wanted("a list; write [value, ...]")
        return [replace(self, node=node) for node in self.node.value]

    def members(self, read_key: Callable[["Value"], Key]) -> dict[Key, "Value"]:
        """Return the members of a mapping by their keys; a key that occurs twice is refused."""
        if not isinstance(self.node, MappingNode):
            raise self.wanted("a mapping; write {key: value, ...}")
        found: dict[Key, Value] = {}
        for key_node, node in self.node.value:
            path = self._path_to(key_node)
            at_key = replace(self, key=path, node=key_node)
            key = read_key(at_key)
            if key in found:
                raise at_key.error("occurs twice")
            found[key] = replace(self, key=path, node=node)
        return found

    def _path_to(self, key_node: Node) -> str:
        if not isinstance(key_node, ScalarNode):
            return self.key
        last = shown(key_node.value, quoted=not key_node.value)
        return f"{self.key}.{last}" if self.key else last

    def known_members(self, known: Collection[str]) -> dict[str, "Value"]:
        """Return the members of a mapping whose keys must be among `known`."""
        return self.members(lambda key: key.choice(known, "key"))

    def whole_members(
        self, known: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, "Value"]:
        """Return the members of a mapping that must have the keys `known`, and may have others."""
        found = self.known_members((*known, *optional))
        for name in known:
            if name not in found:
                raise self.error(f"{name} is missing; write all of {', '.join(known)}")
        return found

    def weights(
        self, read_key: Callable[["Value"], Key], most: int = MOST_WEIGHT
    ) -> dict[Key, int]:
        """Return things with whole weights, whose sum must be from 1 to `most`.

        Fractions are counted in the largest part of 1 that makes all of them whole.
        """
        listed = {key: value.weight() for key, value in self.members(read_key).items()}
        parts = lcm(*(Fraction(one).denominator for one in listed.values()))
        found = {key: int(one * parts) for key, one in listed.items()}
        total = sum(found.values())
        if not total:
            raise self.error("no weight is above 0")
        if total > most:
            unit = f", counted in {Fraction(1, parts)}" if parts > 1 else ""
            raise self.error(f"the weights add up to {total:,}{unit}; at most {most:,} is allowed")
        return found

    def weights_of(
        self, known: Collection[str], noun: str, most: int = MOST_WEIGHT
    ) -> dict[str, int]:
        """Return things with their weights; the things must be among `known`."""
        return self.weights(lambda key: key.choice(known, noun), most)


def _line_of(read: Node | yaml.Event) -> int:
    return read.start_mark.line + 1 if read.start_mark else 1


def _instead(text: str, known: Collection[str]) -> str:
    nearest = difflib.get_close_matches(text[:100], known, n=1)
    meant = f" (did you mean {nearest[0]}?)" if nearest else ""
    return f"{meant}; choose one of {', '.join(known)}"


def compose(
    text: bytes, file: str, *, hint: str = "like: region", has_secrets: bool = False
) -> Value:
    """Return the mapping of a file; raises ImageSetError unless it is plain YAML as above.

    `hint` is what to write into an empty file. If the file has secrets, no error quotes what is in
    the place of one.
    """
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise ImageSetError(f"{file}, line {line}: not UTF-8; save it as UTF-8.") from error
    if found := safe_yaml.CONTROL.search(decoded):
        line = decoded.count("\n", 0, found.start()) + 1
        raise ImageSetError(
            f"{file}, line {line}: not YAML: it contains a control character; remove it, or save "
            "the file as UTF-8."
        )
    try:
        _refuse_more_than_needed(yaml.parse(decoded, _Loader), file, has_secrets=has_secrets)
        root = yaml.compose(decoded, _Loader)
    except yaml.YAMLError as error:
        raise ImageSetError(_explain(error, file, decoded)) from error
    except (ValueError, OverflowError) as error:  # PyYAML alone, for "\UFFFFFFFF"
        raise ImageSetError(f"{file}: not YAML: {error}.") from error
    if root is None or (root.tag == _NULL and not root.value):
        raise ImageSetError(f"{file}: the file is empty; write at least `{hint}`.")
    if not isinstance(root, MappingNode):
        read = Value(file, "", root, is_shown=not has_secrets)
        raise read.wanted("a mapping; write `key: value` lines")
    return Value(file, "", root, is_shown=not has_secrets)


def _refuse_more_than_needed(events: Iterable[yaml.Event], file: str, *, has_secrets: bool) -> None:
    depth = documents = 0
    for event in events:
        refused = ""
        if isinstance(event, yaml.AliasEvent):
            refused = "aliases are not supported; write the value again"
        elif (tag := getattr(event, "tag", None)) is not None:
            such = "" if has_secrets else f" such as {shown(tag, quoted=False)}"
            refused = f"tags{such} are not supported; remove it"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            refused = _TOO_DEEP if depth > _MOST_DEPTH else ""
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            refused = "a second document begins here; write one only" if documents > 1 else ""
        if refused:
            raise ImageSetError(f"{file}, line {_line_of(event)}: {refused}.")


def _explain(error: yaml.YAMLError, file: str, text: str) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    # LibYAML places the end of a file after its last line.
    line = f", line {min(mark.line + 1, len(text.splitlines()))}" if mark is not None else ""
    if safe_yaml.is_nested_deeper(text.encode(), error, _MOST_DEPTH):
        return f"{file}{line}: {_TOO_DEEP}."
    if safe_yaml.is_indented_with_a_tab(text.encode(), error):
        return f"{file}{line}: not YAML: it is indented with a tab; write spaces."
    return f"{file}{line}: not YAML: {safe_yaml.what_is_wrong(error)}."
