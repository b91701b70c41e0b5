"""Finding an image to change: the caller has to see it, to own it, and to have the role."""

from copy import deepcopy
from typing import Any

from glancetape_cassettes.cloud.asking import MEMBER, Asking
from glancetape_cassettes.cloud.overlay.changed_images import Changed, Changes, shown_time
from glancetape_cassettes.cloud.refusals import Refused, forbidden
from glancetape_cassettes.cloud.responses import empty_response
from glancetape_cassettes.interaction import Response

FIELDS = (
    "name disk_format container_format visibility size virtual_size status checksum protected "
    "min_ram min_disk owner os_hidden os_hash_algo os_hash_value id created_at updated_at tags "
    "self file schema stores"
).split()
"""The fields of an image in the order in which Glance shows them, after the properties."""


def changes_of(asking: Asking) -> Changes:
    """Return the changes of the session."""
    assert asking.lister.changes is not None
    return asking.lister.changes


def check_role(asking: Asking, action: str) -> None:
    """Refuse a caller whose roles do not allow an action."""
    if MEMBER not in asking.identity.roles:
        raise forbidden(action)


def visible_image(asking: Asking, missing: str) -> Changed:
    """Return a copy of the image that the path names, to be changed.

    Raises Refused with the words `missing`, in which {} is the id.
    """
    image_id = asking.named["image"]
    image = asking.lister.find_visible(image_id, asking.project, asking.rules)
    if image is None:
        raise Refused(404, missing.format(image_id))
    before = changes_of(asking).find(image_id)
    return Changed(
        image=deepcopy(image),
        members=deepcopy(asking.lister.members_of(image)),
        moments=dict(before.moments) if before is not None else {},
        data=before.data if before is not None else asking.lister.images.data_of(image_id),
    )


def check_owner(asking: Asking, changed: Changed, action: str) -> None:
    """Refuse a caller who does not own an image, or may not change it."""
    if changed.image["owner"] != asking.project:
        raise forbidden(action)
    check_role(asking, action)


def keep(asking: Asking, changed: Changed, *, touched: bool = True) -> dict[str, Any]:
    """Keep an image as it is now and return it; `touched` sets the time of its last update."""
    changes = changes_of(asking)
    if touched:
        changed.moments["updated_at"] = moment = changes.moment()
        changed.image["updated_at"] = shown_time(moment)
    if not asking.rules.gateway:
        changed.image = ordered(changed.image)
    changes.put(changed, asking.lister.images.position_of(changed.image["id"]))
    return changed.image


def ordered(image: dict[str, Any]) -> dict[str, Any]:
    """Return an image with its fields in Glance's order."""
    properties = {name: value for name, value in image.items() if name not in FIELDS}
    return properties | {name: image[name] for name in FIELDS if name in image}


def done(asking: Asking, *, kind: str | None = None) -> Response:
    """Return the response to a change that shows nothing."""
    if kind is not None:
        return empty_response(204, asking.rules, asking.request_id, kind=kind)
    more = (("Content-Length", "0"),)
    return empty_response(204, asking.rules, asking.request_id, more=more)
