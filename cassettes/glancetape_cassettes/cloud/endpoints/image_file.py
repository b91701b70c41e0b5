"""The data of an image, `GET /v2/images/ID/file`: none, unless it was uploaded in this session."""

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.refusals import Refused, not_found
from glancetape_cassettes.cloud.responses import data_response, empty_response
from glancetape_cassettes.interaction import Response


def download(asking: Asking) -> Response:
    """Return the data of an image."""
    image = asking.lister.find_visible(asking.named["image"], asking.project, asking.rules)
    if image is None:
        raise not_found(asking.named["image"])
    if image["status"] == "deactivated":
        raise Refused(
            403, "The requested image has been deactivated. Image data download is forbidden."
        )
    changed = asking.lister.changes.find(image["id"]) if asking.lister.changes else None
    if changed is not None and changed.data is not None:
        more = (("Content-MD5", image["checksum"]),)
        return data_response(changed.data, asking.rules, asking.request_id, more)
    return empty_response(204, asking.rules, asking.request_id, kind="")
