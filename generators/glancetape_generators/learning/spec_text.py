"""Write a learned spec as YAML that a person reads and edits, and read such a text."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import Spec

_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z_](?:[\w.+/-]| (?! |$))*", re.ASCII)
_RESERVED = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", re.ASCII)


def write_spec(sections: Mapping[str, Any], comments: list[str]) -> str:
    """Return the YAML of a spec, with comment lines before it.

    >>> print(write_spec({"kinds": {"private": 9, "shared": 1}}, ["two kinds"]), end="")
    # two kinds
    kinds: {private: 9, shared: 1}
    """
    lines = [f"# {comment}".rstrip() for comment in comments]
    for name, value in sections.items():
        lines += _lines(name, value, "")
    return "\n".join(lines) + "\n"


def _lines(name: Any, value: Any, indent: str) -> Iterator[str]:
    """Write a member on one line, or over several when it is too long for one."""
    head = f"{indent}{_scalar(name)}:"
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        yield head
        for one in value:
            yield from _wrapped(f"- {_flow(one)}", indent + "  ")
        return
    whole = f"{head} {_flow(value)}"
    if not isinstance(value, Mapping) or (len(whole) <= _WIDTH and _depth(value) < 2):
        yield whole
        return
    yield head
    for key, member in value.items():
        yield from _lines(key, member, indent + "  ")


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """Write an item of a list over several lines if it is too long for one."""
    while len(indent + text) > _WIDTH and (end := text.rfind(", ", 0, _WIDTH - len(indent))) > 0:
        yield indent + text[: end + 1]
        text = "  " + text[end + 2 :]
    yield indent + text


def _depth(value: Any) -> int:
    if not isinstance(value, Mapping):
        return 0
    return 1 + max((_depth(one) for one in value.values()), default=0)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_scalar(key)}: {_flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """Write a text, number or null so that it is read as the same."""
    if value is None:
        return "null"
    if not isinstance(value, str):
        return str(value)
    if (_PLAIN.fullmatch(value) and value.casefold() not in _RESERVED) or _TIME.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def spec_of(text: str) -> Spec:
    """Read a spec from its text. Raises ImageSetError."""
    with temporary_folder() as folder:
        path = folder / "learned.yaml"
        path.write_text(text, "utf-8")
        try:
            return read_spec(path)
        except ImageSetError as error:  # nobody finds a file that is gone
            said, *details = error.args
            raise ImageSetError(said.replace(str(path), "the learned spec"), *details) from None
