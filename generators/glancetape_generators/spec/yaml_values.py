"""Values of a spec's YAML file: each knows its file, line and key, and says so when it is wrong.

Only what a spec needs is read: mappings, lists and plain scalars; no aliases, no tags, no objects.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.formats.safe_yaml import is_nested_deeper, what_is_wrong
from glancetape_cassettes.imageset.image_fields import shown

MOST_WEIGHT = 1 << 32
"""What weights may sum up to."""

_MOST_DEPTH = 20
_TOO_DEEP = "nested too deep for a spec"
_INT = "tag:yaml.org,2002:int"
_NULL = "tag:yaml.org,2002:null"
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9_]{0,20})", re.ASCII)
_UNREADABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a file."""

    file: str
    key: str
    """Where it stands: `tags.keys.env`; nothing is the file as a whole."""
    node: Node

    def error(self, what: str) -> ImageSetError:
        """Make the error that names file, line and key."""
        key = f"{self.key}: " if self.key else ""
        return ImageSetError(f"{self.file}, line {_line_of(self.node)}: {key}{what}.")

    def wanted(self, what: str) -> ImageSetError:
        """Make the error that says what there is and what is wanted."""
        return self.error(f"{self._shown()} is not {what}")

    def _shown(self) -> str:
        if isinstance(self.node, MappingNode):
            return "a mapping"
        if isinstance(self.node, SequenceNode):
            return "a list"
        if self.node.tag == _NULL and not self.node.value:
            return "nothing"
        quoted = getattr(self.node, "style", None) in ('"', "'")
        return shown(self.node.value, quoted=quoted or not self.node.value)

    def text(self) -> str:
        """Give a scalar's text, as it is written: `1.10` is "1.10"."""
        if not isinstance(self.node, ScalarNode):
            raise self.wanted("text")
        text: str = self.node.value
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise self.wanted("text: half of a surrogate pair is no character")
        return text

    def text_or_null(self) -> str | None:
        """Give a scalar's text, or None for null that is not quoted."""
        return None if self.node.tag == _NULL else self.text()

    def short_text(self, most: int) -> str:
        """Give text of 1 to so many characters, none of which is a control character."""
        text = self.text()
        if not text:
            raise self.error(f"text of 1 to {most} characters is wanted, not of none")
        if len(text) > most:
            raise self.error(f"has {len(text)} characters; {most} are the most")
        if any(unicodedata.category(letter) == "Cc" for letter in text):
            raise self.error(f"{shown(text)} has a control character")
        return text

    def choice(self, known: Collection[str], noun: str) -> str:
        """Give text that is one of those known."""
        text = self.text()
        if text not in known:
            raise self.error(f"no such {noun}{_instead(text, known)}")
        return text

    def number(self, least: int, most: int) -> int:
        """Give a whole number within a range."""
        if self.node.tag == _INT and _DECIMAL.fullmatch(self.node.value):
            number = int(self.node.value)
            if least <= number <= most:
                return number
        raise self.wanted(f"a whole number from {least} to {most:,}")

    def weight(self) -> int:
        """Give how often something is."""
        return self.number(0, MOST_WEIGHT)

    def items(self) -> list["Value"]:
        """Give the items of a list."""
        if not isinstance(self.node, SequenceNode):
            raise self.wanted("a list")
        return [Value(self.file, self.key, node) for node in self.node.value]

    def members(self, read_key: Callable[["Value"], Key]) -> dict[Key, "Value"]:
        """Give the members of a mapping by their keys, each of which is there once."""
        if not isinstance(self.node, MappingNode):
            raise self.wanted("a mapping")
        found: dict[Key, Value] = {}
        for key_node, node in self.node.value:
            path = self._path_to(key_node)
            at_key = Value(self.file, path, key_node)
            key = read_key(at_key)
            if key in found:
                raise at_key.error("is there twice")
            found[key] = Value(self.file, path, node)
        return found

    def _path_to(self, key_node: Node) -> str:
        if not isinstance(key_node, ScalarNode):
            return self.key
        last = shown(key_node.value, quoted=not key_node.value)
        return f"{self.key}.{last}" if self.key else last

    def known_members(self, known: Collection[str], noun: str = "key") -> dict[str, "Value"]:
        """Give the members of a mapping whose keys are among those known."""
        return self.members(lambda key: key.choice(known, noun))

    def whole_members(self, known: Collection[str]) -> dict[str, "Value"]:
        """Give the members of a mapping that has all of those keys and no other."""
        found = self.known_members(known)
        for name in known:
            if name not in found:
                raise self.error(f"{name} is missing; wanted are {', '.join(known)}")
        return found

    def weights(
        self, read_key: Callable[["Value"], Key], most: int = MOST_WEIGHT
    ) -> dict[Key, int]:
        """Give things with their weights, which have a sum from 1 to so many."""
        found = {key: value.weight() for key, value in self.members(read_key).items()}
        total = sum(found.values())
        if not total:
            raise self.error("nothing has a weight above 0")
        if total > most:
            raise self.error(f"the weights sum up to {total:,}; {most:,} is the most")
        return found

    def weights_of(
        self, known: Collection[str], noun: str, most: int = MOST_WEIGHT
    ) -> dict[str, int]:
        """Give known things with their weights."""
        return self.weights(lambda key: key.choice(known, noun), most)


def _line_of(read: Node | yaml.Event) -> int:
    return read.start_mark.line + 1 if read.start_mark else 1


def _instead(text: str, known: Collection[str]) -> str:
    nearest = difflib.get_close_matches(text[:100], known, n=1)
    meant = f" (did you mean {nearest[0]}?)" if nearest else ""
    return f"{meant}; there are {', '.join(known)}"


def compose(text: bytes, file: str) -> Value:
    """Read a file's mapping; ImageSetError for what is no YAML or more than a spec needs."""
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise ImageSetError(f"{file}, line {line}: not UTF-8.") from error
    if found := _UNREADABLE.search(decoded):
        line = decoded.count("\n", 0, found.start()) + 1
        raise ImageSetError(f"{file}, line {line}: not YAML: a control character.")
    try:
        _refuse_more_than_needed(yaml.parse(decoded, _Loader), file)
        root = yaml.compose(decoded, _Loader)
    except yaml.YAMLError as error:
        raise ImageSetError(_explain(error, file, decoded)) from error
    except (ValueError, OverflowError) as error:  # PyYAML without LibYAML: "\UFFFFFFFF"
        raise ImageSetError(f"{file}: not YAML: {error}.") from error
    if root is None or (root.tag == _NULL and not root.value):
        raise ImageSetError(f"{file}: the file is empty; `like: region` would be a spec.")
    if not isinstance(root, MappingNode):
        raise Value(file, "", root).wanted("a mapping; write `key: value` lines")
    return Value(file, "", root)


def _refuse_more_than_needed(events: Iterable[yaml.Event], file: str) -> None:
    depth = documents = 0
    for event in events:
        refused = ""
        if isinstance(event, yaml.AliasEvent):
            refused = "aliases are not read; write the value again"
        elif (tag := getattr(event, "tag", None)) is not None:
            refused = f"tags such as {shown(tag, quoted=False)} are not read"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            refused = _TOO_DEEP if depth > _MOST_DEPTH else ""
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            refused = "a second document; a spec is one" if documents > 1 else ""
        if refused:
            raise ImageSetError(f"{file}, line {_line_of(event)}: {refused}.")


def _explain(error: yaml.YAMLError, file: str, text: str) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    # LibYAML sees the end of a file behind its last line.
    line = f", line {min(mark.line + 1, len(text.splitlines()))}" if mark is not None else ""
    if is_nested_deeper(text.encode(), error, _MOST_DEPTH):
        return f"{file}{line}: {_TOO_DEEP}."
    return f"{file}{line}: not YAML: {what_is_wrong(error)}."
