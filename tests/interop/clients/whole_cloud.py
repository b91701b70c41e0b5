# pyright: reportMissingImports=false
"""Asks a cloud everything that a client library can: whole_cloud.py URL WAY LIBRARY.

Prints each operation as a line of JSON, [name, result]; an error is its type and status.
"""

import io
import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

warnings.simplefilter("ignore")

URL, WAY = sys.argv[1:3]
HOW = {"load_envvars": False, "load_yaml_config": False}
DOMAIN = {"user_domain_id": "default", "project_domain_id": "default"}
LOGIN = {"auth_url": f"{URL}/v3", "username": "dana", "password": "right", "project_name": "demo"}


def tell(name: str, ask: Callable[[], Any]) -> None:
    """Write what an operation gives."""
    try:
        result = ask()
    except Exception as error:  # noqa: BLE001 - whatever a library raises
        status = next(
            (
                getattr(error, name)
                for name in ("status_code", "http_status", "code")
                if isinstance(getattr(error, name, None), int)
            ),
            None,
        )
        result = [type(error).__name__, status]
    sys.stdout.write(json.dumps([name, result]) + "\n")


def openstacksdk() -> None:
    """Ask with openstacksdk, which finds the service and logs in in its own ways."""
    import openstack

    auth: dict[str, Any] = {
        "none": {"auth_type": "none", "auth": {"endpoint": URL}},
        "admin_token": {
            "auth_type": "admin_token",
            "auth": {"endpoint": f"{URL}/v2", "token": "any"},
        },
        "password": {"auth": LOGIN | DOMAIN},
        "prefix": {"auth": LOGIN | DOMAIN | {"auth_url": f"{URL}/identity"}},
        "v3token": {
            "auth_type": "v3token",
            "auth": {
                "auth_url": f"{URL}/v3",
                "token": "any",
                "project_name": "demo",
                "project_domain_id": "default",
            },
        },
        "application_credential": {
            "auth_type": "v3applicationcredential",
            "auth": {
                "auth_url": f"{URL}/v3",
                "application_credential_id": "any",
                "application_credential_secret": "any",
            },
        },
    }[WAY]
    cloud = openstack.connect(**auth, **HOW).image
    shared = next(iter(cloud.images(visibility="shared")))
    tell("list", lambda: sorted(one.id for one in cloud.images()))
    tell("walk", lambda: sorted(one.id for one in cloud.images(limit=7)))
    tell("public", lambda: sorted(one.id for one in cloud.images(visibility="public")))
    tell("sort", lambda: [one.name for one in cloud.images(sort="name:asc")])
    tell("get", lambda: cloud.get_image(shared.id).name == shared.name)
    tell("find by id", lambda: cloud.find_image(shared.id).id == shared.id)
    tell("find by name", lambda: cloud.find_image(shared.name).name == shared.name)
    tell("find nothing", lambda: cloud.find_image("nothing"))
    tell("get nothing", lambda: cloud.get_image("nothing"))
    tell("members", lambda: sorted(one.member_id for one in cloud.members(shared.id)))
    tell("schema", lambda: cloud.get_image_schema().name)
    data = {"disk_format": "raw", "container_format": "bare", "allow_duplicates": True}
    made = cloud.create_image("made", data=io.BytesIO(b"data"), kind="test", **data)
    tell("create", lambda: [cloud.get_image(made.id).status, cloud.get_image(made.id).size])
    tell("update", lambda: cloud.update_image(made.id, name="renamed", more="x").name)
    tell("tag", lambda: cloud.add_tag(made.id, "a-tag"))
    tell("find renamed", lambda: cloud.find_image("renamed").tags)
    tell("download", lambda: cloud.download_image(made.id).text)
    tell("delete", lambda: cloud.delete_image(made.id))
    tell("get deleted", lambda: cloud.get_image(made.id))


def glanceclient() -> None:
    """Ask with python-glanceclient: with a token, or with a login of keystoneauth."""
    from glanceclient import Client
    from keystoneauth1.identity.v3 import Password
    from keystoneauth1.session import Session

    if WAY == "password":
        cloud = Client("2", session=Session(Password(**LOGIN, **DOMAIN)))
    else:
        cloud = Client("2", endpoint=URL, token="a:token")
    shared = next(iter(cloud.images.list(filters={"visibility": "shared"})))
    tell("list", lambda: sorted(one.id for one in cloud.images.list()))
    tell("walk", lambda: sorted(one.id for one in cloud.images.list(page_size=7)))
    public = {"visibility": "public"}
    tell("public", lambda: sorted(one.id for one in cloud.images.list(filters=public)))
    tell("sort", lambda: [one.name for one in cloud.images.list(sort="name:asc")])
    tell("get", lambda: cloud.images.get(shared.id).name == shared.name)
    tell("get nothing", lambda: cloud.images.get("nothing"))
    tell("members", lambda: sorted(one.member_id for one in cloud.image_members.list(shared.id)))
    tell("schema", lambda: cloud.schemas.get("image").name)
    tell("namespaces", lambda: list(cloud.metadefs_namespace.list()))
    made = cloud.images.create(name="made", disk_format="raw", container_format="bare", kind="x")
    cloud.images.upload(made.id, io.BytesIO(b"data"))
    tell("create", lambda: [cloud.images.get(made.id).status, cloud.images.get(made.id).size])
    tell("update", lambda: cloud.images.update(made.id, ["kind"], name="renamed").name)
    tell("tag", lambda: cloud.image_tags.update(made.id, "a-tag")[0].status_code)
    tell("download", lambda: b"".join(cloud.images.data(made.id)).decode())
    tell("delete", lambda: cloud.images.delete(made.id)[0].status_code)
    tell("get deleted", lambda: cloud.images.get(made.id))


def huaweicloud() -> None:
    """Ask with Huawei Cloud's SDK, which signs; without a project id it looks it up first."""
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.region.region import Region
    from huaweicloudsdkims import v2 as ims

    builder = ims.ImsClient.new_builder()
    if WAY == "region":
        credentials = BasicCredentials("AK", "SK").with_iam_endpoint(URL)
        cloud = builder.with_credentials(credentials).with_region(Region("demo", URL)).build()
    else:
        credentials = BasicCredentials("AK", "SK" if WAY == "endpoint" else "wrong")
        cloud = builder.with_credentials(credentials).with_endpoint(URL).build()
    every = ims.GlanceListImagesRequest(limit=500)
    public = ims.GlanceListImagesRequest(limit=500, visibility="public")
    tell("list", lambda: sorted(one.id for one in cloud.glance_list_images(every).images))
    tell("public", lambda: sorted(one.id for one in cloud.glance_list_images(public).images))
    if WAY == "wrong":
        return
    own = ims.ListImagesRequest()
    tell("own list", lambda: sorted(one.id for one in cloud.list_images(own).images))
    bad = ims.ListImagesRequest(imagetype="bad")
    tell("bad", lambda: cloud.list_images(bad))
    version = ims.ShowVersionRequest(version="v2")
    tell("versions", lambda: len(cloud.list_versions(ims.ListVersionsRequest()).versions))
    tell("version", lambda: [one.id for one in cloud.show_version(version).versions])
    quota = ims.ShowImageQuotaRequest()
    tell("quota", lambda: cloud.show_image_quota(quota).quotas.resources[0].type)
    tell("tags", lambda: type(cloud.list_tags(ims.ListTagsRequest()).tags).__name__)
    body = ims.GlanceCreateImageMetadataRequestBody(name="made")
    create = ims.GlanceCreateImageMetadataRequest(body=body)
    made = cloud.glance_create_image_metadata(create)
    tell("create", lambda: made.status)
    delete = ims.GlanceDeleteImageRequest(made.id, ims.GlanceDeleteImageRequestBody())
    tell("delete", lambda: cloud.glance_delete_image(delete).status_code)


LIBRARIES = {one.__name__: one for one in (openstacksdk, glanceclient, huaweicloud)}

if __name__ == "__main__":
    LIBRARIES[sys.argv[3]]()
