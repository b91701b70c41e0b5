"""Uploading data, `PUT /v2/images/ID/file`: size, checksums and status follow from it."""

from hashlib import md5, sha512

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.changing.finding import check_owner, done, keep, visible_image
from glancetape_cassettes.cloud.changing.json_patch import unsupported
from glancetape_cassettes.cloud.endpoints.discovery import STORE
from glancetape_cassettes.cloud.refusals import Refused, bad_request
from glancetape_cassettes.interaction import Response, header

_DATA = "application/octet-stream"
_KEPT = 1 << 20  # bytes of data; more is dropped
_FORMATS = ("disk_format", "container_format")


def upload(asking: Asking) -> Response:
    """Give a queued image its data. It is active then."""
    content_type = header(asking.headers, "content-type")
    if (content_type or "").partition(";")[0].strip() != _DATA:
        raise unsupported(content_type, f"Invalid content type {content_type}")
    changed = visible_image(asking, "No image found with ID {}")
    check_owner(asking, changed, "upload_image")
    image = changed.image
    if image["status"] != "queued":
        status = image["status"]
        raise Refused(409, f"Image status transition from {status} to saving is not allowed")
    missing = [name for name in _FORMATS if not image[name]]
    if missing:
        word = "Properties" if len(missing) > 1 else "Property"
        raise bad_request(f"{word} {', '.join(missing)} must be set prior to saving data.")
    data = asking.body
    image |= {
        "size": len(data),
        "virtual_size": len(data) or None if image["disk_format"] == "raw" else None,
        "checksum": md5(data, usedforsecurity=False).hexdigest(),
        "status": "active",
    }
    if asking.rules.newer_columns:
        hashed = sha512(data).hexdigest()
        image |= {"os_hash_algo": "sha512", "os_hash_value": hashed, "stores": STORE}
    changed.data = data if len(data) <= _KEPT else None
    keep(asking, changed)
    return done(asking)
