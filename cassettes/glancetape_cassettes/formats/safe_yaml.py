"""Reading YAML from an untrusted file: no Python objects, and within limits.

Only the safe loader is used, so a file cannot create Python objects. Its size, and the depth and
the number of its values after aliases are expanded, are checked before any value is built.
"""

import codecs
import re
from bisect import bisect_left
from io import BytesIO
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import ParserError
from yaml.reader import ReaderError
from yaml.scanner import ScannerError

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import from_base64
from glancetape_cassettes.formats.regular_file import MOST_BYTES
from glancetape_cassettes.formats.repeated_names import repeated
from glancetape_cassettes.lazy_regex import lazy_compile

MOST_DEPTH = 50
MOST_NODES = 1_000_000
"""A page of images has about thirty; a million take seconds and some hundred MB to read."""

_LibYAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_MERGE = "tag:yaml.org,2002:merge"  # `<<`, which may be in a mapping several times
_TEXT, _MAP = "tag:yaml.org,2002:str", "tag:yaml.org,2002:map"
_LIST = "tag:yaml.org,2002:seq"
_MOST_DIGITS = 1000
"""Of a number. Python prints none of more than 4300, not even one that is written as `0xff`."""
_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"


def _without_base_60(tag: str, pattern: re.Pattern[str]) -> tuple[str, re.Pattern[str]]:
    if tag not in (_INT, _FLOAT):
        return tag, pattern
    return tag, re.compile(f"(?!.*:)(?:{pattern.pattern})", pattern.flags)


class RepeatedKey(NamedTuple):
    """A key that its mapping has before."""

    place: int
    """Where it is in the text."""
    line: int
    key: str


class CassetteLoader(_LibYAML):  # type: ignore[misc]  # the base is chosen at run time
    """The safe loader, but times stay text and Ruby's `!binary` means YAML's `!!binary`.

    So does `1:30`, which YAML 1.1 reads as 90. To compute such a number takes time that grows with
    the square of its length: 300 kB took five seconds.
    """

    repeated_keys: list[RepeatedKey]
    """Keys that their mapping has twice, each time but the first, in the order of the text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way to configure a loader
        first: [
            _without_base_60(tag, pattern)
            for tag, pattern in pairs
            if tag != "tag:yaml.org,2002:timestamp"
        ]
        for first, pairs in _LibYAML.yaml_implicit_resolvers.items()
    }


def _refuse_tag(loader: Any, node: Node) -> Any:
    raise _ForeignTag(None, None, node.tag, node.start_mark)


def _refuse_base_60(loader: Any, node: Any) -> Any:
    if ":" in str(node.value):
        raise ConstructorError(None, None, "a number to the base 60", node.start_mark)
    if len(str(node.value)) > _MOST_DIGITS:
        raise ConstructorError(None, None, "a number with too many digits", node.start_mark)
    construct = _NUMBERS[node.tag]
    return construct(loader, node)


_NUMBERS: dict[str, Any] = {
    _INT: yaml.SafeLoader.construct_yaml_int,
    _FLOAT: yaml.SafeLoader.construct_yaml_float,
}


def _bytes_of(_: Any, node: Any) -> bytes:
    """The bytes of `!!binary`; PyYAML drops characters that base64 does not have."""
    try:
        return from_base64(str(node.value))
    except ValueError as error:
        problem = f"no base64: {error}"
        raise ConstructorError(None, None, problem, node.start_mark) from None


class _ForeignTag(ConstructorError):
    """A tag of a Python or Ruby object."""


for _tag in _NUMBERS:
    CassetteLoader.add_constructor(_tag, _refuse_base_60)
for _tag in ("tag:yaml.org,2002:binary", "!binary"):
    CassetteLoader.add_constructor(_tag, _bytes_of)
CassetteLoader.add_constructor(None, _refuse_tag)
for _tag in ("!ruby/struct:VCR::", "!ruby/object:VCR::", "!ruby/hash:"):  # of Ruby VCR 1 and 2
    CassetteLoader.add_multi_constructor(
        _tag, lambda loader, _, node: yaml.SafeLoader.construct_yaml_map(loader, node)
    )
for _tag in ("!ruby/symbol", "!ruby/sym", "!ruby/string", "!str"):
    CassetteLoader.add_multi_constructor(
        _tag, lambda loader, _, node: yaml.SafeLoader.construct_yaml_str(loader, node)
    )


def compose(text: bytes, where: str, first_line: int = 1) -> tuple[Node, "CassetteLoader"]:
    """Return the nodes of one document, which know their lines, and the loader to `build` them.

    Raises CassetteError, with `where` and the line, for invalid YAML and when a limit is exceeded.
    """
    if len(text) > MOST_BYTES:
        raise CassetteError(f"{where}: larger than {MOST_BYTES >> 20} MiB; split the cassette.")
    try:
        loader = CassetteLoader(text)
        node = _Composer(loader, where, first_line).document()
    except yaml.YAMLError as error:
        raise CassetteError(_explain(error, where, first_line, text)) from error
    if node is None:
        raise CassetteError(f"{where}: the file is empty; record it again or remove it.")
    return node, loader


class _Composer:
    """What PyYAML's composer does, but it stops at a limit before there are more nodes.

    To count first and to compose then would read the text twice, which takes the longest.
    """

    def __init__(self, loader: "CassetteLoader", where: str, first_line: int) -> None:
        self._loader = loader
        self._where, self._first_line = where, first_line
        self._anchors: dict[str, Node] = {}
        self._closed: dict[str, tuple[int, int]] = {}  # what an alias stands for: values, levels
        self._written = self._total = self._depth = self._deepest = 0
        loader.repeated_keys = self._repeated = list[RepeatedKey]()

    def document(self) -> Node | None:
        """Return the root of the only document; None when there is none."""
        loader = self._loader
        loader.get_event()  # the start of the stream
        if loader.check_event(yaml.StreamEndEvent):
            return None
        start = loader.get_event().start_mark
        node = self._node(loader.get_event())
        loader.get_event()  # the end of the document
        if not loader.check_event(yaml.StreamEndEvent):
            context, problem = "expected a single document", "but found another document"
            second = loader.peek_event().start_mark
            raise ComposerError(context, start, problem, second)
        return node

    def _node(self, event: Any) -> Node:
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                problem = f"found undefined alias {event.anchor!r}"
                raise ComposerError(None, None, problem, mark)
            # Before it is closed, it would hold itself.
            values, levels = self._closed.get(event.anchor, (1, MOST_DEPTH))
            self._count(event, values, written=0)
            self._reach(event, self._depth + levels)
            return self._anchors[event.anchor]
        if event.anchor in self._anchors and event.anchor is not None:
            problem = f"found duplicate anchor {event.anchor!r}"
            raise ComposerError(None, None, problem, mark)
        before = self._total
        self._count(event, 1, written=1)
        if isinstance(event, yaml.ScalarEvent):
            node, levels = self._scalar(event), 0
        else:
            node, levels = self._collection(event)
        if event.anchor is not None:
            self._closed[event.anchor] = self._total - before, levels
        return node

    def _scalar(self, event: Any) -> Node:
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._loader.resolve(ScalarNode, event.value, event.implicit)
        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark, event.style)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _collection(self, event: Any) -> tuple[Node, int]:
        """Return a list or a mapping, and how many levels it has."""
        get = self._loader.get_event
        is_list = isinstance(event, yaml.SequenceStartEvent)
        kind, end = (
            (SequenceNode, yaml.SequenceEndEvent)
            if is_list
            else (MappingNode, yaml.MappingEndEvent)
        )
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._loader.resolve(kind, None, event.implicit)
        value: list[Any] = []
        node = kind(tag, value, event.start_mark, None, event.flow_style)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._depth += 1
        deepest, self._deepest = self._deepest, 0
        self._reach(event, self._depth)
        keys = set[tuple[str, str]]()
        while not isinstance(inner := get(), end):
            one = self._node(inner)
            if is_list:
                value.append(one)
                continue
            if isinstance(one, ScalarNode) and one.tag != _MERGE:
                key = one.tag, one.value
                if key in keys:
                    mark = inner.start_mark  # of an alias `one` has the mark of its anchor
                    self._repeated.append(RepeatedKey(mark.index, mark.line, one.value))
                keys.add(key)
            value.append((one, self._node(get())))
        self._depth -= 1
        levels = self._deepest - self._depth
        self._deepest = max(self._deepest, deepest)
        node.end_mark = inner.end_mark
        return node, levels

    def _count(self, event: Any, values: int, *, written: int) -> None:
        self._total += values
        self._written += written
        if self._total > MOST_NODES:
            raise self._too_much(event)

    def _reach(self, event: Any, depth: int) -> None:
        self._deepest = max(self._deepest, depth)
        if depth > MOST_DEPTH:
            raise self._too_much(event)

    def _too_much(self, event: Any) -> CassetteError:
        line = (event.start_mark.line if event.start_mark else 0) + self._first_line
        return CassetteError(
            f"{self._where}, line {line}: {_excess(self._deepest, self._written)}."
        )


def build(node: Node, loader: "CassetteLoader", where: str, first_line: int = 1) -> Any:
    """Return the value of a node: dicts, lists, text, numbers, bytes and None.

    Raises CassetteError for what has no value, and for a key that one mapping has twice: PyYAML
    would drop the first value without a word.
    """
    keys = loader.repeated_keys
    # Sought and not looked through: a file may have as many of them as items.
    first = bisect_left(keys, node.start_mark.index, key=attrgetter("place"))
    if first < len(keys) and keys[first].place < node.end_mark.index:
        line = keys[first].line + first_line
        raise CassetteError(f"{where}, line {line}: {repeated(keys[first].key)}.")
    try:
        return _plain(node, loader)
    except yaml.YAMLError as error:
        raise CassetteError(_explain(error, where, first_line)) from error
    except Exception as error:  # PyYAML raises nearly anything: `!!binary é`, `!!bool maybe`
        line = (node.start_mark.line if node.start_mark else 0) + first_line
        raise CassetteError(
            f"{where}, line {line} or below: not a cassette that can be read: a value does not "
            f"fit its tag ({type(error).__name__}: {error})."
        ) from error


def _plain(node: Node, loader: "CassetteLoader") -> Any:
    """PyYAML's value of a node, but texts, lists and mappings without its bookkeeping."""
    if node.tag == _TEXT and isinstance(node, ScalarNode):
        return node.value
    if node.tag == _LIST and isinstance(node, SequenceNode):
        return [_plain(one, loader) for one in node.value]
    if (
        node.tag == _MAP
        and isinstance(node, MappingNode)
        and all(key.tag == _TEXT for key, _ in node.value)
    ):
        return {key.value: _plain(value, loader) for key, value in node.value}
    return _constructed(node, loader)


def _constructed(node: Node, loader: "CassetteLoader") -> Any:
    """PyYAML's value of a node; after an error the loader is as before, to build other nodes."""
    try:
        return loader.construct_document(node)
    except BaseException:
        loader.constructed_objects, loader.recursive_objects = {}, {}
        loader.state_generators, loader.deep_construct = [], False
        raise


def members(node: Node) -> dict[str, Node]:
    """Return the members of a mapping node by the text of their keys."""
    if not isinstance(node, MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}


def items(node: Node | None) -> list[Node] | None:
    """Return the items of a sequence node; None for another node."""
    return list(node.value) if isinstance(node, SequenceNode) else None


def what_is_wrong(error: yaml.YAMLError) -> str:
    """Return in our own words what is wrong with YAML, and in parentheses what PyYAML calls it."""
    ours = next(words for kind, words in _PROBLEMS.items() if isinstance(error, kind))
    theirs = getattr(error, "problem", None) or str(error).split("\n")[0]
    return f"{ours} (PyYAML: {theirs})"


_PROBLEMS: dict[type[yaml.YAMLError], str] = {
    ReaderError: "a character that YAML does not allow",
    ScannerError: "a character, quote or indent is out of place",
    ParserError: "a bracket, comma or key is missing or out of place",
    ComposerError: "an alias or a second document that cannot be read",
    ConstructorError: "a value does not fit its tag",
    yaml.YAMLError: "a mistake",
}


class Unreadable(NamedTuple):
    """A character with which a file is no YAML."""

    line: int
    """From 0."""
    what: str


_WIDE = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# YAML 1.1, section 5.1: all but these are printable.
CONTROL = lazy_compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def unreadable(text: bytes) -> Unreadable | None:
    """The first character that YAML does not allow, and what to do; None if all are allowed.

    >>> unreadable(b"a: 1\\nb: caf\\xe9\\n")
    Unreadable(line=1, what='it is not UTF-8; save it as UTF-8')
    """
    codec = next((codec for mark, codec in _WIDE if text.startswith(mark)), "utf-8")
    try:
        decoded = text.decode(codec)
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start)
        return Unreadable(line, f"it is not {codec.upper()}; save it as UTF-8")
    if found := CONTROL.search(decoded):
        line = decoded.count("\n", 0, found.start())
        return Unreadable(
            line, "it contains a control character; remove it, or save the file as UTF-8"
        )
    return None


def is_indented_with_a_tab(text: bytes, error: yaml.YAMLError) -> bool:
    """Whether YAML ends at a tab with nothing but blanks before it in its line."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return False
    line = next(islice(BytesIO(text), mark.line, None), b"").decode("utf-8", "replace")
    before = line[: mark.column + 1]
    return before.endswith("\t") and before.isspace()


def is_nested_deeper(text: bytes, error: yaml.YAMLError, most: int) -> bool:
    """Whether brackets are open to more than `most` levels where LibYAML stopped reading.

    LibYAML refuses a line of a thousand brackets by itself, before it reports the first of them;
    PyYAML's own parser reports each.
    """
    mark = getattr(error, "problem_mark", None)
    if not isinstance(error, ScannerError) or mark is None:
        return False
    line = next(islice(BytesIO(text), mark.line, None), b"").decode("utf-8", "replace")
    before = line[max(0, mark.column - 2000) : mark.column]
    depth = 0
    try:
        for event in yaml.parse(before, yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > most:
                return True
    except yaml.YAMLError:
        pass
    return False


def _explain(error: yaml.YAMLError, where: str, first_line: int, text: bytes = b"") -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = f", line {mark.line + first_line}" if mark is not None else ""
    if is_nested_deeper(text, error, MOST_DEPTH):
        return f"{where}{line}: {_excess(MOST_DEPTH + 1, 0)}."
    what = what_is_wrong(error)
    if isinstance(error, ReaderError) and (found := unreadable(text)):
        line = f", line {found.line + first_line}"
        what = found.what
    if is_indented_with_a_tab(text, error):
        what = "it is indented with a tab; write spaces"
    if isinstance(error, _ForeignTag):
        tag = error.problem
        what = f"the tag {tag} (only plain YAML is read, no Python or Ruby objects)"
    return f"{where}{line}: not a cassette that can be read: {what}."


def _excess(depth: int, written: int) -> str:
    if depth > MOST_DEPTH:
        return "nested too deep for a cassette of images"
    if written > MOST_NODES:
        return f"more than {MOST_NODES:,} values; split the cassette"
    return "its aliases expand to too many values for a cassette of images"
