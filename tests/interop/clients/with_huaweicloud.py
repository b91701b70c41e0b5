# pyright: reportMissingImports=false
"""The operations with Huawei Cloud's SDK, which signs each request and does not page by itself."""

import warnings
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qs, urlsplit

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkims import v2 as ims
from operations import IDS, LOGIN, PLAN, perform

# The SDK calls `glance_list_images` deprecated; its successor asks another path.
warnings.simplefilter("ignore", DeprecationWarning)

HAS_PROJECT_ID = PLAN["options"].get("project_id", True)


def client() -> ims.ImsClient:
    """Without a project id, the SDK looks it up by the name of the region."""
    builder = ims.ImsClient.new_builder()
    keys = (LOGIN["access_key"], LOGIN["secret_key"])
    if HAS_PROJECT_ID:
        credentials = BasicCredentials(*keys, LOGIN["project_id"])
        return builder.with_credentials(credentials).with_endpoint(PLAN["image_url"]).build()
    iam = PLAN["auth_url"].removesuffix("/v3")
    credentials = BasicCredentials(*keys).with_iam_endpoint(iam)
    region = Region(LOGIN["project_name"], PLAN["image_url"])
    return builder.with_credentials(credentials).with_region(region).build()


def stranger() -> ims.ImsClient:
    """Sign with a key that nobody knows, for no project."""
    builder = ims.ImsClient.new_builder().with_credentials(BasicCredentials("AK", "SK"))
    return builder.with_endpoint(PLAN["image_url"]).build()


cloud = client()


def images(**query: Any) -> Iterator[Any]:
    """Return all images that a query lists; the marker is in `next`."""
    marker: dict[str, str] = {}
    while True:
        page = cloud.glance_list_images(ims.GlanceListImagesRequest(**query, **marker))
        yield from page.images
        if page.next is None:
            return
        marker = {"marker": parse_qs(urlsplit(page.next).query)["marker"][0]}


def ids(**query: Any) -> list[str]:
    """Return their ids."""
    return sorted(image.id for image in images(**query))


def native() -> list[str]:
    """Ask `list_images`, which has no links."""
    found: list[str] = []
    while True:
        marker = {"marker": found[-1]} if found else {}
        page = cloud.list_images(ims.ListImagesRequest(limit=50, **marker)).images
        if not page:
            return sorted(found)
        found += [image.id for image in page]


def create() -> Any:
    """Create an image."""
    body = ims.GlanceCreateImageMetadataRequestBody(name="made")
    return cloud.glance_create_image_metadata(ims.GlanceCreateImageMetadataRequest(body=body))


perform(
    version("huaweicloudsdkims"),
    {
        "list": ids,
        "public": lambda: ids(visibility="public"),
        "linux": lambda: ids(os_type="Linux"),
        "sort": lambda: [image.name or "" for image in images(sort_key="name", sort_dir="asc")],
        "walk": lambda: ids(limit=7),
        "id": lambda: cloud.glance_show_image(ims.GlanceShowImageRequest(IDS["known"])).name,
        "name": lambda: ids(name=PLAN["name"]),
        "members": lambda: sorted(
            [member.member_id, member.status]
            for member in cloud.glance_list_image_members(
                ims.GlanceListImageMembersRequest(IDS["shared"])
            ).members
        ),
        "pending": lambda: ids(visibility="shared", member_status="pending"),
        "bad": lambda: ids(limit="abc"),
        "unauthorized": lambda: stranger().glance_list_images(ims.GlanceListImagesRequest()),
        "missing": lambda: cloud.glance_show_image(ims.GlanceShowImageRequest(IDS["unknown"])),
        "create": create,
        "native": native,
        "versions": lambda: sorted(
            one.id for one in cloud.list_versions(ims.ListVersionsRequest()).versions
        ),
        "version": lambda: [
            one.id for one in cloud.show_version(ims.ShowVersionRequest("v2")).versions
        ],
        "quota": lambda: (
            cloud.show_image_quota(ims.ShowImageQuotaRequest()).quotas.resources[0].type
        ),
        "tags": lambda: cloud.list_tags(ims.ListTagsRequest(limit=100)).tags,
    },
)
