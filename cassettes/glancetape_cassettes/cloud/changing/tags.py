"""Adding and removing tags of an image."""

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.changing.finding import check_owner, done, keep, visible_image
from glancetape_cassettes.cloud.changing.image_body import check_schema
from glancetape_cassettes.cloud.overlay.changed_images import Changed
from glancetape_cassettes.cloud.refusals import NOT_FOUND, Refused
from glancetape_cassettes.interaction import Response


def add_tag(asking: Asking) -> Response:
    """Add a tag, unless the image has it."""
    tag = asking.named["tag"]
    changed = _image(asking)
    tags = changed.image["tags"]
    if tag not in tags:
        check_schema({"tags": [tag]})
        tags.append(tag)
        keep(asking, changed)
    return done(asking)


def remove_tag(asking: Asking) -> Response:
    """Remove a tag."""
    tag = asking.named["tag"]
    changed = _image(asking)
    tags = changed.image["tags"]
    if tag not in tags:
        raise Refused(404, NOT_FOUND)
    tags.remove(tag)
    keep(asking, changed)
    return done(asking)


def _image(asking: Asking) -> Changed:
    changed = visible_image(asking, "Image {} not found.")
    check_owner(asking, changed, "modify_image")
    return changed
