"""Random images, and random questions about them: few values, so that most of them tie."""

import re
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from support.clouds.clouds import FRACTIONS
from support.drawn.rolls import Roll
from support.hunt.judging import Question
from support.hunt.people import ME, OTHER
from support.hunt.recording import CONDITIONAL, CONDITIONS, HEAD
from support.hunt.world import Images
from support.images.varied import PROJECTS
from support.one_image import id_of
from support.oracle.plain_queries import FILTERS, sorting
from support.oracle.queries import random_query

VALUES: dict[str, tuple[Any, ...]] = {
    "name": (None, "", "a", "A", "a ", "B", "b", "é", "镜像", "a-b", "a,b", "x:y", f"of {ME}"),
    "status": ("active", "active", "active", "queued", "killed"),
    "visibility": ("public", "public", "private", "shared", "community"),
    "owner": (ME, ME, OTHER, None),
    "created_at": ("2018-09-06T14:03:27Z", "2018-09-06T14:03:28Z", "2019-01-01T00:00:00Z"),
    "updated_at": ("2019-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2026-11-23T09:58:00Z"),
    "size": (None, 0, 1, 40),
    "min_disk": (0, 40),
    "disk_format": (None, "raw", "zvhd2"),
    "protected": (False, False, True),
}
SECRETS = tuple("ghp_" + letter * 36 for letter in "QZ")
"""Two texts that look like secrets, and alike once they are redacted; no id holds a part of one."""
PASSWORDS = ("swordfish9", "hunter2hunter2")
"""Two that are secrets by the name of their property."""
TAGS = ("a=b", "a.b", "x", OTHER)
CHANGES = (
    "name=a",
    "name=z",
    "visibility=private",
    "visibility=public",
    "visibility=community",
    "visibility=shared",
    "os_hidden=true",
    "protected=true",
    "__os_type=Linux",
    f"owner={OTHER}",
    f"owner={ME}",
    "os_hidden=false",
    "protected=false",
    "reactivate",
    "delete",
    "delete",
    "upload",
    "too much",
    "deactivate",
)
LIMITS = (1, 2, 3, 5, 25, 100, 1000)


def random_image(rng: Random, number: int, dialect: str) -> dict[str, Any]:
    """Return an image; its id is made of the number."""
    image: dict[str, Any] = {name: rng.choice(values) for name, values in VALUES.items()}
    image |= {"id": id_of(number), "tags": [one for one in TAGS if rng.random() < 0.2]}
    if rng.random() < 0.3:
        image["__os_type"] = rng.choice(("Linux", "linux", "", None))
    if rng.random() < 0.15:
        image["os_hidden"] = True
    if rng.random() < 0.4:
        image["members"] = [
            {
                "member_id": one,
                "status": rng.choice(("accepted", "accepted", "pending", "rejected")),
            }
            for one in PROJECTS[:3]
            if one != image["owner"] and rng.random() < 0.5
        ]
    if rng.random() < 0.3:
        image[FRACTIONS] = {
            name: rng.choice((0, 1, 500_000)) for name in ("created_at", "updated_at")
        }
    if dialect == "ims":
        image["__isregistered"] = rng.choice(("true",) * 5 + ("false",))
        if rng.random() < 0.2:
            image["__count"] = rng.choice((3, True, None, "3", ["3"], {"a": 3}))
    return image


def plain_query(rng: Random, images: Images, *, with_limit: bool = True) -> str:
    """Return a query of a few good filters, an order and a limit."""
    pairs = [rng.choice(FILTERS) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
    pairs += sorting(Roll(rng.randbytes(12)))
    if with_limit and rng.random() < 0.7:
        pairs.append(("limit", str(rng.choice(LIMITS))))
    if images and rng.random() < 0.15:
        pairs.append(("marker", rng.choice(images)["id"]))
    rng.shuffle(pairs)
    return urlencode(pairs)


def list_question(rng: Random, images: Images) -> tuple[str, str]:
    """Return a kind of question and its query."""
    kind = rng.choice(list(QUERIES))
    return kind, QUERIES[kind](rng, images)


def by_secret(rng: Random) -> str:
    """Return a query by a text that looks like a secret."""
    name = rng.choice(("name", "name", "tag", "admin_password"))
    return f"{name}={rng.choice(SECRETS)}{rng.choice(('', '&limit=1', '&limit=1000'))}"


def _with_limit(rng: Random, query: str) -> str:
    limit = f"limit={rng.choice((100, 1000, 1000, 7, 2))}"
    return f"{query}&{limit}" if query else limit


def _owner(rng: Random, _: Images) -> str:
    return _with_limit(rng, f"owner={rng.choice((ME, ME, OTHER, PROJECTS[2]))}")


def _upper(rng: Random, _: Images) -> str:
    return _with_limit(rng, f"owner={rng.choice((ME, OTHER)).upper()}")


def _value(rng: Random, images: Images) -> str:
    name = rng.choice(("name", "tag", "id"))
    if name == "tag":
        return _with_limit(rng, urlencode([("tag", rng.choice(TAGS))]))
    values = [image[name] for image in images if image.get(name)]
    wanted = str(rng.choice(values)) if values else f"of {ME}"
    if ":" in wanted:
        wanted = f"eq:{wanted}"
    return _with_limit(rng, f"{name}={quote(wanted, safe='')}")


def _marker(rng: Random, images: Images) -> str:
    marker = rng.choice(images)["id"] if images else id_of(99)
    return f"limit={rng.choice((2, 3, 100))}&marker={marker}"


def _only_limit(rng: Random, _: Images) -> str:
    return f"limit={rng.choice((0, 1, 2, 3, 5, 7, 25, 26, 100, 1000, 1001))}"


def _few(rng: Random, _: Images) -> str:
    return urlencode([rng.choice(FILTERS)])


def _by_rules(rng: Random, _: Images) -> str:
    return rng.choice(("limit=0", "min_disk=abc", "foo_min=3", "limit=abc", "sort_key=up"))


def _time(rng: Random, images: Images) -> str:
    times = [image["created_at"] for image in images] or ["2018-09-06T14:03:28Z"]
    word = rng.choice(("gt:", "gte:", "lt:", "lte:", "eq:", "neq:", ""))
    return _with_limit(rng, f"created_at={word}{rng.choice(times)}")


def _updated(rng: Random, images: Images) -> str:
    times = [image["updated_at"] for image in images] or ["2020-01-01T00:00:00Z"]
    words = rng.sample(("gt:", "gte:", "lt:", "lte:", "neq:", ""), rng.choice((1, 1, 2)))
    pairs = [("updated_at", f"{word}{rng.choice(times)}") for word in words]
    order = rng.choice((*((),) * 2, (("sort_key", "updated_at"),), (("sort_dir", "asc"),)))
    return _with_limit(rng, urlencode([*pairs, *order]))


def _ids(rng: Random, images: Images) -> str:
    some = rng.sample(images, min(len(images), rng.choice((1, 2, 3))))
    ids = ",".join([*(image["id"] for image in some), id_of(99)])
    return _with_limit(rng, f"id=in:{ids}{rng.choice(('', '&sort_key=name', '&visibility=all'))}")


def _in_order(rng: Random, images: Images) -> str:
    """Ask for a page in some order, after an image that the filter may leave out."""
    pairs = sorting(Roll(rng.randbytes(12)))
    pairs += [rng.choice(FILTERS)] * rng.choice((0, 1))
    if images:
        pairs.append(("marker", rng.choice(images)["id"]))
    rng.shuffle(pairs)
    return _with_limit(rng, urlencode(pairs))


def _gone(rng: Random, images: Images) -> str:
    status = rng.choice(("deleted", "killed", "in:killed,pending_delete", "in:deleted,active"))
    rest = rng.choice(("", "&sort_key=size", "&visibility=all", "&name=a"))
    marker = f"&marker={rng.choice(images)['id']}" if images and rng.random() < 0.3 else ""
    return f"status={status}{rest}{marker}{rng.choice(('', '&limit=2', '&limit=1000'))}"


def _seventy(rng: Random, _: Images) -> str:
    return _with_limit(rng, "&".join(f"tag={rng.choice(('x', 'y'))}" for _ in range(70)))


def _like(rng: Random, _: Images) -> str:
    """Ask what databases differ in."""
    asked = ("name=A", "name=a", "name=a+", "name=e", "status=ACTIVE", "__OS_TYPE=Linux")
    more = ("__os_type=linux", "tag=X", "min_disk=40x", "min_disk=", "size=abc", "disk_format=RAW")
    order = rng.choice(("", "&sort_key=name", "&sort_key=name&sort_dir=asc", "&sort=size:asc,name"))
    return _with_limit(rng, rng.choice((*asked, *more)) + order)


def _escaped(rng: Random, images: Images) -> str:
    """Ask with letters of names and values escaped, in one case or the other."""
    form = rng.choice(("%{:02x}", "%{:02X}"))

    def escape(found: re.Match[str]) -> str:
        is_letter = len(found[0]) == 1 and rng.random() < 0.2
        return form.format(ord(found[0])) if is_letter else found[0]

    return re.sub("%..|[A-Za-z]", escape, plain_query(rng, images))


def _repeated(rng: Random, images: Images) -> str:
    """Name a parameter of a query twice, with the same value, another one or none."""
    query = _with_limit(rng, plain_query(rng, images, with_limit=False))
    pairs = parse_qsl(query, keep_blank_values=True)
    name, value = rng.choice(pairs)
    others = [other for one, other in FILTERS if one == name] + ["2", value, value, ""]
    pairs.insert(rng.randrange(len(pairs) + 1), (name, rng.choice(others)))
    return urlencode(pairs)


def _unknown(rng: Random, images: Images) -> str:
    """Ask with a parameter that nobody knows: to Glance it is a property."""
    name = rng.choice(("page", "offset", "format", "trace", "per_page", "Limit", "sort_by"))
    return f"{_with_limit(rng, plain_query(rng, images, with_limit=False))}&{name}=1"


QUERIES: dict[str, Any] = {
    "escaped letters": _escaped,
    "a parameter twice": _repeated,
    "an unknown parameter": _unknown,
    "property": lambda rng, images: _with_limit(rng, f"__os_type={rng.choice(('Linux', 'linux'))}"),
    "what databases differ in": _like,
    "plain": plain_query,
    "plain ": plain_query,
    "by name": lambda rng, images: _with_limit(rng, "sort_key=name&sort_dir=asc"),
    "any": random_query,
    "owner": _owner,
    "owner in upper case": _upper,
    "id, name or tag": _value,
    "marker": _marker,
    "only a limit": _only_limit,
    "no parameters": lambda rng, images: "",
    "no limit": _few,
    "by the rules": _by_rules,
    "time": _time,
    "time of update": _updated,
    "several ids": _ids,
    "in an order": _in_order,
    "images that are gone": _gone,
    "_method": lambda rng, images: _with_limit(rng, "_method=DELETE"),
    "70 tags": _seventy,
    "IMS by old code": lambda rng, images: _with_limit(
        rng, rng.choice(("visibility=shared", "status=deleted"))
    ),
}


NOT_IDS = (
    *(("by a name", str(name)) for name in VALUES["name"] if name),
    ("by a project", OTHER),
    ("unknown", id_of(99)),
    ("in upper case", id_of(0xABCDEF).upper()),
)


def random_question(rng: Random, images: Images) -> Question:
    """Return a question about lists or about one image."""
    if images and rng.random() < 0.25:
        path = f"images/{rng.choice(images)['id']}"
        if rng.random() < 0.2:
            return Question("members", f"{path}/members")
        if rng.random() < 0.3:
            kind, name = rng.choice(NOT_IDS)
            return Question(f"one image, {kind}", f"images/{quote(name, safe='')}")
        return Question("one image", path)
    kind, query = list_question(rng, images)
    asked = Question(kind.strip(), "images", query)
    odd = rng.random()
    if odd < 0.03:
        return replace(asked, kind=HEAD, method=HEAD)
    if odd < 0.06:
        return replace(asked, kind=CONDITIONAL, conditions=CONDITIONS)
    return asked
