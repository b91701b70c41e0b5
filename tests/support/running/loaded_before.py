"""What our program loads and compiles when it begins: loaded here, in the process that is forked.

It took three quarters of the time of a short command. Importing this module does it.
"""

import gc
import importlib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from glancetape_cassettes.lazy_regex import lazy_compile

_OTHERS = (
    *("asyncio", "numpy", "rich.progress"),
    *("mitmproxy.addons", "mitmproxy.tools.main", "mitmproxy.tools.dump"),
)
_PACKAGES = ("glancetape", "glancetape_generators", "glancetape_cassettes")


def _modules_of(package: str) -> Iterator[str]:
    root = Path(str(resources.files(package)))
    for path in sorted(root.rglob("*.py")):
        *parents, name = path.relative_to(root.parent).with_suffix("").parts
        if name != "__main__":  # it would run
            yield ".".join([*parents, *([] if name == "__init__" else [name])])


def _load() -> None:
    for name in (*_OTHERS, *(name for package in _PACKAGES for name in _modules_of(package))):
        importlib.import_module(name)
    lazy = type(lazy_compile(""))
    for pattern in [one for one in gc.get_objects() if type(one) is lazy]:
        assert pattern.search
    gc.freeze()  # a collection in a child would copy all of it


_load()
