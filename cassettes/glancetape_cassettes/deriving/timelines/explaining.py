"""What a recorded change explains of an answer that was recorded after it.

Example. A walk shows C, which belongs to the caller. Then one change of C is recorded, and a later
answer:

    caller's PATCH name=Z      C as "Z" in a list     explained: the walk holds for what is before
    caller's PATCH name=Z      404 for C              not explained: C was deleted unseen, and
                                                      perhaps before the PATCH
    caller's DELETE            404 for C              explained
    caller's PATCH private     404 for C              not explained: its owner still sees C
    another's PATCH private    404 for C              explained: C is hidden from the caller, who
                                                      saw it as public, or as another's shared one
    another's PATCH shared     404 for C, seen as     not explained: C was hidden unseen, and
                               shared before          perhaps before the PATCH
    caller's PUT .../file      a list without C       not explained: an upload hides nothing
    caller's PUT .../file      `status=queued`        explained: C is active now
                               without C

What no recorded change explains was changed unrecorded, at a time that is not known.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from glancetape_cassettes.collection.presence import marker_of
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.changes import Change
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.service import ImagePath, read_image_path

Members = frozenset[str]
Seen = Callable[[Change], Mapping[str, Any] | None]
"""Returns the image of a change as a caller saw it last before; None if it never did."""
_OF_DATA = frozenset(
    "status size virtual_size checksum os_hash_algo os_hash_value disk_format container_format "
    "stores locations direct_url".split()
)
_CHANGED_BY = (
    # What is below the image's path, the methods, and the members of the image that these alter.
    ("tags/", ("PUT", "DELETE"), frozenset(["tags"])),
    ("file", ("PUT",), _OF_DATA),
    ("actions/deactivate", ("POST",), frozenset(["status"])),
    ("actions/reactivate", ("POST",), frozenset(["status"])),
    ("members", ("POST",), frozenset[str]()),
)
_KEPT_AS_SENT = ("visibility", "disk_format", "container_format", "min_disk", "min_ram")
_ALWAYS = frozenset(["updated_at"])
_IN_ANY_LIST = "os_hidden"
"""What any list depends on, whatever it asks for."""
_REFUSED_FOR = {
    # What is refused with 403 -> the member of the image that decides it (observed: Glance 33).
    ("DELETE", ""): "protected",
    ("GET", "file"): "status",
}


def refused_image(entry: Entry) -> str:
    """The image that a refusal shows as gone or hidden, by its id; "" for any other response.

    Observed: as a marker, an image that is gone gets a 400, and one that is hidden a 403.
    """
    path = read_image_path(entry.asked.question.path)
    if path is None:
        return ""
    status = entry.status
    if path.image_id:
        return unquote(path.image_id) if status in (403, 404) else ""
    if status not in (400, 403):
        return ""
    return marker_of(entry) or ""


def is_refused_list(entry: Entry) -> bool:
    """Whether a list was refused to its caller (403), who may have another role since."""
    path = read_image_path(entry.asked.question.path)
    is_list = path is not None and not path.image_id and entry.asked.question.method == "GET"
    return is_list and entry.status == 403


def explains_refusal(change: Change, entry: Entry, seen: Seen) -> bool:
    """Whether a change before a refusal may be why its caller was refused."""
    if may_hide(change, entry.asked.caller, seen):
        return True
    path = read_image_path(entry.asked.question.path)
    if path is None or not path.image_id or entry.status != 403:
        return False
    return _decides(path, entry.asked.question.method, members_altered(change))


def _decides(path: ImagePath, method: str, altered: Members | None) -> bool:
    """Whether members of an image decide that a request is refused with 403."""
    if altered is None:
        return True
    below = path.below.partition("/")[0]
    deciding = "visibility" if below == "members" else _REFUSED_FOR.get((method, below))
    return deciding is not None and deciding in altered


def may_hide(change: Change, caller: Caller | None, seen: Seen) -> bool:
    """Whether an image may be gone after a change of it, or hidden from a caller that saw it.

    A new name or tag explains why an image looks otherwise, and not a 404. What Nova, Cinder and
    the others do with POST makes images. Who changes visibility or members owns the image, and
    still sees it, as does each caller of its project: two access keys may be of one. Community
    images are in few lists, and shown to everybody by their id.
    """
    if change.image_id is None:
        return deletes_something(change)
    if change.deletes:
        return True
    if change.of_members:
        return _ends_membership(change) and _narrows(change, caller, seen, "private")
    if change.entry.asked.question.method != "PATCH":
        return False
    patched = _patched(change)
    if patched is None or "owner" in patched:
        return True
    visibility = patched.get("visibility", "public")
    return visibility in _HIDING and _narrows(change, caller, seen, visibility)


_WIDTH = {"public": 3, "community": 2, "shared": 1, "private": 0}
"""How many see an image: more of them with a larger number."""
_HIDING = ("shared", "private")


def _narrows(change: Change, caller: Caller | None, seen: Seen, visibility: Any) -> bool:
    """Whether a change makes an image less visible than a caller saw it, who does not own it."""
    if change.caller is not None and change.caller == caller:
        return False
    image = seen(change)
    if image is None:
        return True
    owner, before = image.get("owner"), image.get("visibility")
    if caller is None or caller.project is None or owner in (None, caller.project):
        return False
    return _WIDTH.get(str(visibility), 0) < _WIDTH.get(str(before), 0)


def _may_unlist(change: Change, caller: Caller | None, seen: Seen) -> bool:
    """Whether an image may be in no list of a caller any more, whatever the list asks for."""
    if may_hide(change, caller, seen) or (change.of_members and _ends_membership(change)):
        return True
    visibility = (_patched(change) or {}).get("visibility", "public")
    return visibility != "public" and _narrows(change, caller, seen, visibility)


def deletes_something(change: Change) -> bool:
    """Whether a request to any service deletes something."""
    return change.entry.asked.question.method == "DELETE"


def _ends_membership(change: Change) -> bool:
    """Whether a caller may no longer see the image, or not in the same lists."""
    return change.of_members and change.entry.asked.question.method != "POST"


def members_altered(change: Change) -> Members | None:
    """The members of its image that a change may alter; None when it may be any.

    After a failure (5xx) the image may be in any state.
    """
    entry, path = change.entry, read_image_path(change.entry.asked.question.path)
    if path is None or not change.succeeded or change.makes or change.deletes:
        return None
    method = entry.asked.question.method
    if method == "PATCH" and not path.below:
        patched = _patched(change)
        is_known = patched is not None and _OF_DATA.isdisjoint(patched)
        return _ALWAYS.union(patched) if patched is not None and is_known else None
    for below, methods, altered in _CHANGED_BY:
        if method in methods and path.below.startswith(below):
            return altered | _ALWAYS
    return None


def asked_for(change: Change) -> dict[str, Any] | None:
    """The members that an image has after `POST /v2/images`; None after any other request.

    Only those that Glance keeps as they were sent, and that are not replaced in cassettes.
    """
    if not change.makes:
        return None
    entry = change.entry
    try:
        sent = orjson.loads(entry.cassette.request(entry.index).body)
    except orjson.JSONDecodeError:
        return {}
    named = sent if isinstance(sent, dict) else {}
    return {name: named[name] for name in _KEPT_AS_SENT if name in named}


def _patched(change: Change) -> dict[str, Any] | None:
    """The members that a JSON patch names, with their new values; None when it is no such patch."""
    entry = change.entry
    try:
        operations = orjson.loads(entry.cassette.request(entry.index).body)
    except orjson.JSONDecodeError:
        return None
    patched: dict[str, Any] = {}
    for one in operations if isinstance(operations, list) else [None]:
        if not isinstance(one, dict) or "from" in one:
            return None
        path = one.get("path")
        if not isinstance(path, str) or not path.startswith("/") or "~" in path:
            return None
        patched[path[1:].partition("/")[0]] = one.get("value")
    return patched


def altered_for(
    changes: Iterable[Change], caller: Caller | None, seen: Seen
) -> dict[str, Members | None]:
    """By image, the members that changes may have altered; None where they may have hidden it."""
    found: dict[str, Members | None] = {}
    for change in changes:
        if not change.image_id:
            continue
        altered = None if _may_unlist(change, caller, seen) else members_altered(change)
        before: Members | None = found.get(change.image_id, frozenset())
        if altered is None or before is None:
            found[change.image_id] = None
        else:
            found[change.image_id] = before | altered
    return found


def may_depend_on(uri: str, altered: Members | None) -> bool:
    """Whether a list may show an image otherwise, or not at all, after members of it changed.

    A renamed image is no longer in `name=A`, and it may be on another page of `sort_key=name`. In
    a list by `created_at` it is where it was.
    """
    if altered is None:
        return True
    names = {_IN_ANY_LIST}
    query = urlsplit(uri).query.replace(";", "&")  # Glance splits it there too
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    for name, value in pairs:
        names |= {name, name.removesuffix("_min").removesuffix("_max")}
        if name in ("sort", "sort_key"):
            names |= {one.partition(":")[0].strip() for one in value.split(",")}
    if "tag" in names:
        names.add("tags")
    if "changes-since" in names:
        names |= {"updated_at", "created_at"}
    return not names.isdisjoint(altered)
