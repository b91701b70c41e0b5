"""What a test replays, from its markers, or from the configuration, or from its own name.

    @pytest.mark.glancetape("basic.yaml", "more.yaml")            cassettes, or an image set
    @pytest.mark.glancetape("region", count=10_000, seed=7)       a generated set
    @pytest.mark.glancetape(images=[{"name": "ubuntu"}, ...])     a set of a few images
    @pytest.mark.glancetape(dialect="ims")                        an option, without a source

A marker on a test goes before one on its class, and this before one on the module. One that names
no source keeps the outer one's and changes options only.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.near_names import nearest

SETTINGS = (
    "dialect",
    "own_project",
    "miss_status",
    "cloud",
    "writable",
    "keystone",
    "only",
    "keep_ids",
    "key_file",
    "keep_header",
    "sensitive",
    "ignore",
    "cors",
    "no_cors",
    "server_name",
    "latency",
    "fail",
    "throttle",
    "lab",
    "fault_seed",
)
"""Options of a session that a marker may have. `glancetape.options` has their meaning."""
_SOURCE = ("count", "seed", "images")


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)  # the text "no" would be true


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, tuple) and all(map(_is_text, value))


_OWN: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "allow_misses": (_is_flag, "True or False"),
    "allowed_hosts": (_are_texts, "a host or a list of hosts"),
    "env": (_is_flag, "True or False"),
    "cloud_name": (_is_text, "the name of a cloud"),
    "upstream": (_is_text, "the URL of a service"),
}
"""Parameter of the marker, beside its source and its options -> what it has to be."""
PARAMETERS = (*_SOURCE, *_OWN, *SETTINGS)
CLOUD = "glancetape"
"""The name of the cloud in `Endpoint.clouds_yaml`, unless the marker has another."""
DEFAULT_COUNT = 1000
"""Images in a generated set whose marker names no count."""

_LONGEST_NAME = 100
"""Bytes of a cassette's name that comes from a test; file systems allow 255."""
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\x7f]')
_SUFFIXES = (".yaml", ".yml", ".images")
_FLAGS = "|".join(name.replace("_", "-") for name in SETTINGS)
_FLAG = lazy_compile(rf"(?<=[\s(])(?:replay )?--({_FLAGS})(?![\w-])")


class BadMarker(ValueError):
    """A marker or a line of the configuration that cannot be understood; says what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one test replays, and how."""

    names: tuple[str, ...] = ()
    """Cassettes and an image set, as they were written; with `count` the name of a spec."""
    count: int | None = None
    seed: int = 0
    images: tuple[Mapping[str, Any], ...] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Options of the session."""
    allow_misses: bool = False
    allowed_hosts: tuple[str, ...] = ()
    env: bool = False
    """Whether the test's own environment gets the variables of `Endpoint.env`."""
    cloud_name: str = CLOUD
    """The name by which programs look for their cloud in `clouds.yaml`."""
    upstream: str | None = None
    """The service that is recorded."""

    @property
    def spec(self) -> str | None:
        """The spec of a generated set; None for files."""
        if self.images is not None or not self.names:
            return None
        is_spec = self.count is not None or not Path(self.names[0]).suffix
        return self.names[0] if is_spec else None

    @property
    def label(self) -> str:
        """A made set in words, such as `region count=100 seed=7`; "" for files."""
        if self.images is not None:
            return "images of markers"
        if self.spec is None:
            return ""
        count = DEFAULT_COUNT if self.count is None else self.count
        return f"{self.spec} count={count} seed={self.seed}"


def choose(markers: Iterable[tuple[Sequence[Any], Mapping[str, Any]]], default: Choice) -> Choice:
    """The choice of a test. `markers` are positional and named arguments, the outermost first.

    Raises BadMarker.
    """
    source: dict[str, Any] = {
        "names": default.names, "count": default.count, "seed": default.seed, "images": None,
    }  # fmt: skip
    own: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for positional, named in markers:
        _check_names(named)
        if positional or "images" in named or "count" in named:
            source = {"names": tuple(map(_name, positional))}
            source |= {name: named[name] for name in _SOURCE if name in named}
            if source.get("images") is not None:
                source["images"] = _images(source["images"])
        elif "seed" in named:
            raise BadMarker("seed goes with a spec: glancetape('region', count=100, seed=7).")
        own |= {name: _own(name, named[name]) for name in _OWN if name in named}
        settings |= {name: named[name] for name in SETTINGS if name in named}
    return _checked(Choice(**source, **own, settings=settings))


def _check_names(named: Mapping[str, Any]) -> None:
    if unknown := sorted(named.keys() - set(PARAMETERS)):
        meant = nearest(unknown[0], PARAMETERS)
        known = f"Did you mean {meant}?" if meant else f"There are {', '.join(PARAMETERS)}."
        raise BadMarker(f"{unknown[0]}: no such parameter. {known}")


def _own(name: str, value: Any) -> Any:
    """A parameter of _OWN; several hosts are a tuple. Raises BadMarker."""
    is_right, words = _OWN[name]
    own = value
    if name == "allowed_hosts" and isinstance(value, Iterable):  # it may be read only once
        own = (value,) if isinstance(value, str) else tuple(value)
    if not is_right(own):
        raise BadMarker(f"{name}: {value!r} is not {words}.")
    return own


def _name(value: Any) -> str:
    if not isinstance(value, str | Path):
        advice = "; for images write images=[{...}, ...]" if isinstance(value, list | dict) else ""
        raise BadMarker(f"{value!r} is not the name of a cassette, an image set or a spec{advice}.")
    return str(value)


def _images(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
        raise BadMarker(f"images: {value!r} is not a list; write images=[{{...}}, ...].")
    return tuple(value)


def _checked(choice: Choice) -> Choice:
    if choice.images is not None:
        if choice.names or choice.count is not None:
            raise BadMarker("images go alone: without files, spec or count.")
        for one in choice.images:
            if not isinstance(one, Mapping):
                raise BadMarker(f"images: {one!r} is not a dictionary of an image's fields.")
    if choice.count is not None:
        if len(choice.names) != 1:
            raise BadMarker("count needs one spec: glancetape('region', count=100).")
        for name in ("count", "seed"):
            if isinstance(getattr(choice, name), bool) or not isinstance(
                getattr(choice, name), int
            ):
                raise BadMarker(f"{name}: {getattr(choice, name)!r} is not a whole number.")
        if choice.count < 1:
            raise BadMarker(f"count: {choice.count} is below 1.")
    elif choice.spec is not None and len(choice.names) > 1:
        raise BadMarker(
            f"{choice.spec} has no ending, so it is a spec; cassettes end in {_SUFFIXES[0]}, "
            f"image sets in {_SUFFIXES[2]}."
        )
    return choice


def parameter(name: str) -> str:
    """The name of a parameter of the marker, as a message writes it."""
    return f"the marker's {name}"


def for_markers(text: str) -> str:
    """A message in which options of the command line are what a marker has for them.

    >>> for_markers("Name the cloud with --dialect.")
    "Name the cloud with the marker's dialect."
    """
    return _FLAG.sub(lambda found: parameter(found[1].replace("-", "_")), text)


def read_default(words: Sequence[str]) -> Choice:
    """The choice in the configuration's `glancetape_default`, such as `region count=100 seed=7`.

    Raises BadMarker.
    """
    names = [word for word in words if "=" not in word]
    numbers: dict[str, Any] = {}
    for word in words:
        name, is_number, text = word.partition("=")
        if not is_number:
            continue
        if name not in ("count", "seed") or not re.fullmatch(r"-?[\d_]+", text):
            raise BadMarker(f"glancetape_default: {word!r} is neither count=N nor seed=N.")
        numbers[name] = int(text)
    if numbers and not names:
        raise BadMarker("glancetape_default: count and seed need a spec, such as region.")
    return _checked(Choice(names=tuple(names), **numbers)) if words else Choice()


def cassette_name(module: str, test: str) -> str:
    """The cassette of a test that names none: `test_images/test_list[public].yaml`.

    A name that is long, or has characters that file systems refuse, is cut and gets a hash.
    """
    safe = _UNSAFE.sub("-", test)
    if safe != test or len(safe.encode()) > _LONGEST_NAME:
        digest = hashlib.blake2b(test.encode(), digest_size=4).hexdigest()
        cut = safe.encode()[: _LONGEST_NAME - len(digest) - 1].decode(errors="ignore")
        safe = f"{cut}-{digest}"
    return f"{module}/{safe}.yaml"
