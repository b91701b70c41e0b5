"""Random specs for hypothesis, odder than anybody would write; each is read from YAML."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import reject
from hypothesis import strategies as st

from glancetape_cassettes.errors import ImageSetError
from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import STATUSES, read_spec
from glancetape_generators.spec.spec import DISKS, KINDS, WAYS, Spec
from glancetape_generators.vocabulary.flavours import FLAVOURS, OPENSTACK, flavour_named

# Those that every flavour has.
PLATFORMS = tuple(
    name
    for name in flavour_named(OPENSTACK).platforms
    if all(name in flavour_named(flavour).platforms for flavour in FLAVOURS)
)
_LEAST_DISK = {"Linux": 10, "Windows": 20, "Other": 10, "data": 1, "iso": 10}
_ODD = ["", "=", ".", "a=b", "a.b", 'say "hi"', "back\\slash", "🙂", "标签", "e\u0301", " ", "null"]
_PATTERNS = ["{app}", "{os}{os}", "{date}{time}", "100%s {number}", "%", "🙂 %(a)s", "{app}\\", "x"]
_UNIQUE = ["{uuid}", "{seq}", '{"a": ["\\\\{hex}", "{seq}"]}', "{a} {hex}{hex}", "标{seq}"]
_texts = st.one_of(
    st.sampled_from(_ODD),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30),
)


def spec_of(said: Mapping[str, Any]) -> Spec:
    """Return the spec of a file with these values."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "spec.yaml"
        text = yaml.safe_dump(said, allow_unicode=True, default_flow_style=False, width=10**6)
        path.write_text(text, "utf-8")
        return read_spec(path)


def _weights(things: Any, most: int = 5, total: int = 1 << 32) -> st.SearchStrategy[dict[Any, int]]:
    """Draw weights for some things, at least one above 0, within the largest total."""
    weight = st.one_of(st.sampled_from([0, 1, total // most]), st.integers(1, 100))
    keys = st.sampled_from(things) if isinstance(things, tuple | list) else things
    return st.dictionaries(keys, weight, min_size=1, max_size=most).filter(
        lambda found: any(found.values())
    )


def _any_of(*values: int) -> st.SearchStrategy[int]:
    return st.sampled_from(values)


def _sizes(least: int) -> st.SearchStrategy[dict[int, int]]:
    return _weights(st.one_of(st.sampled_from([least, 1024]), st.integers(least, 1024)))


_tag_keys = _texts.filter(lambda key: bool(key) and "=" not in key and len(key) <= 36)
# Names that begin with __ belong to the service.
_names = st.text("abcXYZ:_ é,=&?", min_size=1, max_size=12).filter(lambda n: n[:2] != "__")
_kinds = ("gold", *KINDS)
_share = _any_of(0, 1, 50, 99, 100)

_said: dict[str, st.SearchStrategy[Any]] = {
    "like": st.sampled_from(PRESETS),
    "catalogue": st.fixed_dictionaries(
        {"images": _any_of(0, 1, 2, 7, 80, 100_000), "every": _any_of(1, 2, 3, 10, 1_000_000_000)}
    ),
    "flavour": st.sampled_from(FLAVOURS),
    "kinds": _weights(KINDS),
    "made": _weights(WAYS),
    "platforms": _weights(PLATFORMS, total=1 << 20),
    "statuses": _weights(STATUSES),
    "projects": st.fixed_dictionaries(
        {"count": _any_of(1, 2, 3, 50, 300), "evenness": _any_of(0, 1, 1_000_000)}
    ),
    "members": st.fixed_dictionaries(
        {
            "most": _any_of(1, 2, 11, 256),
            "statuses": _weights(("pending", "accepted", "rejected")),
        }
    ),
    "tags": st.fixed_dictionaries(
        {
            "share": _share,
            "most": _any_of(0, 1, 2, 20),
            "old": _share,
            "keys": st.dictionaries(_tag_keys, _weights(_texts), max_size=20),
            "is_uneven": st.booleans(),
        }
    ),
    "times": st.fixed_dictionaries(
        {
            "first": st.sampled_from(["1970-01-01", "2018-01-01", "2025-10-01", "2025-11-02"]),
            "growth": _any_of(1, 2, 1000),
            "weekend": _any_of(0, 1, 100, 1000),
            "bursts": _any_of(0, 1, 50, 100),
            "ties": _any_of(0, 1, 99, 100),
        }
    ),
    "names": st.fixed_dictionaries({"patterns": _weights(_PATTERNS), "nulls": _any_of(0, 50, 100)}),
    "disks": st.fixed_dictionaries(
        {}, optional={disk: _sizes(_LEAST_DISK[disk]) for disk in DISKS}
    ),
    "properties": st.dictionaries(
        _names,
        st.fixed_dictionaries(
            {
                "share": _share,
                "kinds": st.lists(st.sampled_from(_kinds), min_size=1, unique=True),
                "values": _weights(
                    st.one_of(st.none(), _texts, st.sampled_from(_UNIQUE)), total=(1 << 32) // 100
                ),
            }
        ),
        max_size=3,
    ),
}


@st.composite
def specs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Spec:
    """Draw a spec: a preset with some parts as odd as they may be."""
    said = draw(st.fixed_dictionaries({}, optional=_said))
    if tags := said.get("tags"):  # at most one tag for each key
        tags["most"] = min(tags["most"], len(tags["keys"]))
        if tags["most"] and tags.pop("is_uneven"):
            tags["numbers"] = {tags["most"]: 3, 1: 1}
            tags["popular"] = {key: 1 + 9 * place for place, key in enumerate(tags["keys"])}
        tags.pop("is_uneven", None)
        tags["share"] *= tags["most"] > 0
    try:
        return spec_of(said)
    except ImageSetError:  # parts that are right alone
        reject()
