"""Images written by hand, of every kind and way: a set that breaks no rule."""

import copy
from typing import Any

Image = dict[str, Any]

OPERATOR, MARKET = "1bed856811654c1cb661a6ca845ebc77", "055ae22e000025062fe1c00d2c57a287"
ANNA, BERND = "0a5f2b6e4c1d4e0f9b8a7c6d5e4f3a2b", "0b3ade29c1d24e0f9b8a7c6d5e4f3a2b"
ENTERPRISE = "5e11c0de-7a57-4b1e-9c3d-2f4e6a8b0c1d"

_FEATURES = '{"nic_hotplug":"true", "disk_hotplug": "true", "user_data": "false"}'
_CENTOS = {
    "__os_type": "Linux",
    "__platform": "CentOS",
    "__os_version": "CentOS 7.3 64bit",
    "__os_bit": "64",
    "hw_firmware_type": "bios",
}
_WINDOWS = {
    "__os_type": "Windows",
    "__platform": "Windows",
    "__os_version": "Windows Server 2016 Standard 64bit",
    "__os_bit": "64",
    "hw_firmware_type": "uefi",
    "min_disk": 40,
}
_SUSE = {
    "__os_type": "Linux",
    "__platform": "SUSE",
    "__os_version": "SUSE Linux Enterprise Server 12 SP1 64bit",
    "__os_bit": "64",
}
_EULER = {
    "__os_type": "Linux",
    "__platform": "openEuler",
    "__os_version": "openEuler 20.03 64bit",
    "__os_bit": "64",
    "hw_firmware_type": "uefi",
    "__support_arm": "true",
    "__os_feature_list": _FEATURES,
}
_EMPTY = {"size": 0, "checksum": "d41d8cd98f00b204e9800998ecf8427e"}
_BRACES = {"size": 2, "checksum": "99914b932bd37a50b983c5e7c90ae93b"}
_EIGHTEEN = {"size": 18, "checksum": "bcd7dd7dab80ca42e125a389f986404e"}
_UNKNOWN = {"size": None, "checksum": None}


def uuid(number: int) -> str:
    """Return a UUID of version 4."""
    return f"{number:08x}-c0de-4a57-8b1e-2f4e6a8b0c1d"


def _image(number: int, owner: str, created: str, *more: Image, **fields: Any) -> Image:
    image_id = uuid(number)
    image: Image = {
        "id": image_id,
        "name": f"image {number}",
        "status": "active",
        "visibility": "private",
        "protected": False,
        "container_format": "bare",
        "disk_format": "zvhd2",
        "min_disk": 40,
        "min_ram": 0,
        "virtual_size": None,
        "owner": owner,
        "tags": [],
        "created_at": f"{created}T10:00:00Z",
        "updated_at": f"{created}T12:30:00Z",
        "self": f"/v2/images/{image_id}",
        "file": f"/v2/images/{image_id}/file",
        "schema": "/v2/schemas/image",
        "__isregistered": "true",
        "__image_source_type": "uds",
        "__lazyloading": "true",
        "virtual_env_type": "FusionCompute",
    }
    for part in (*more, fields):
        image |= part
    return {name: value for name, value in image.items() if value is not ...}


def _gold(number: int, *more: Image, **fields: Any) -> Image:
    kind = {"__imagetype": "gold", "visibility": "public", "protected": True}
    return _image(number, OPERATOR, "2018-09-06", kind, _EMPTY, *more, **fields)


def _private(number: int, owner: str, created: str, *more: Image, **fields: Any) -> Image:
    kind = {
        "__imagetype": "private",
        "__lazyloading": "True",
        "__image_size": "1848573952",
        "max_ram": "0",
        "active_at": f"{created}T11:00:00Z",
        "__support_kvm": "true",
    }
    return _image(number, owner, created, kind, _BRACES, *more, **fields)


def _of_server(server: int, parent: int) -> Image:
    return {"__data_origin": f"instance,{uuid(server)}", "__originalimagename": uuid(parent)}


def _of_file(name: str) -> Image:
    return {"__data_origin": f"file,bucket:{name}", "__root_origin": "file"}


def _members(*projects: str) -> list[dict[str, str]]:
    statuses = ("pending", "accepted", "rejected")
    return [
        {"member_id": project, "status": statuses[number % 3]}
        for number, project in enumerate(projects)
    ]


GOOD: dict[str, Image] = {
    "gold": _gold(1, _CENTOS, name="CentOS 7.3 64bit vivado", min_ram=2048),
    "gold bms": _gold(2, _SUSE, virtual_env_type="Ironic"),
    "gold arm": _gold(3, _EULER, hw_vif_multiqueue_enabled="true"),
    "gold windows": _gold(4, _WINDOWS, __support_agent_list="hss"),
    "gold unused": _gold(7, _CENTOS),
    "market": _image(
        5, MARKET, "2022-04-28", _EULER, _BRACES,
        name="COPY_远程授权激活系统镜像文件", visibility="public", protected=True,
        __imagetype="market", __lazyloading="True", max_ram="0", min_ram=1024,
        __productcode="0199bc7498734da8a78b8d66f213be00", __is_offshelved="false",
        __account_code="", __image_size="1848573952", active_at="2022-04-28T10:47:52Z",
        __data_origin=f"image,cn-south-1,{uuid(500)}", __originalimagename=uuid(500),
    ),
    "market of a uuid": _image(
        6, MARKET, "2022-04-01", _CENTOS, _BRACES,
        visibility="public", protected=True, __imagetype="market", max_ram="4096", min_ram=1024,
        __productcode=uuid(600), __is_offshelved="true", __support_kvm="true",
        __image_size="9260425216", active_at="2022-04-01T10:00:00Z", __description="说明",
        __data_origin=f"image,cn-east-2,{uuid(601)}", __originalimagename=uuid(601),
    ),
    "server": _private(
        10, ANNA, "2022-05-01", _CENTOS, _of_server(100, parent=1),
        enterprise_project_id=ENTERPRISE, _sys_enterprise_project_id=ENTERPRISE,
        tags=["team=web", "a.b", "k" * 36 + "=" + "v" * 43, "empty="],
        __image_location=f"192.144.42.100:5443:pcsims{ANNA}:{uuid(10)}",
        __support_agent_list="hss,ces", __sequence_num="0", __support_fc_inject="true",
        __is_config_init="true", __support_amd="false", __os_feature_list=_FEATURES,
    ),
    "server again": _private(
        11, ANNA, "2022-05-02", _CENTOS, _of_server(100, parent=1), hw_firmware_type=...,
        name="n" * 128, tags=["x" * 255], min_disk=1024,
        enterprise_project_id="0", _sys_enterprise_project_id="0",
        __support_agent_list="hss,ces", __support_fc_inject="true", __support_amd="false",
    ),
    "copy": _private(
        12, ANNA, "2022-06-01", _CENTOS, _EIGHTEEN,
        __data_origin=f"image,eu-de,{uuid(10)}", __originalimagename=uuid(10),
        updated_at="2022-06-01T10:00:00Z", active_at="2022-06-01T10:00:00Z", name="a:b: ",
    ),
    "windows file": _private(
        13, BERND, "2021-01-01", _WINDOWS, _of_file("folder/windows server.vhd"),
        __support_xen="true", disk_format="vhd", min_disk=20, name=None, __description=None,
    ),
    "graphics": _private(
        14, BERND, "2021-01-02", _WINDOWS, _of_file("g.vhd"), __support_kvm=...,
        __support_xen_gpu_type="M60_vGPU",
    ),
    "computing": _private(
        15, BERND, "2021-01-03", _CENTOS, _of_file("p.qcow2"), __support_kvm=...,
        __support_kvm_gpu_type="V100", __support_kvm_infiniband="true",
    ),
    "hana": _private(
        16, BERND, "2021-01-04", _SUSE, _of_file("h.raw"), __support_kvm=...,
        __support_xen_hana="true", hw_firmware_type="uefi", name="erp-v3",
    ),
    "special": _private(
        17, BERND, "2021-01-05", _of_file("s.raw"), disk_format="raw", __os_type="Linux",
        name="erp-v4",
        __platform="RedHat", __os_version="Redhat Linux Enterprise 7.3 64bit", __os_bit="64",
        __support_largememory="true", __support_diskintensive="true",
        __support_highperformance="true",
    ),
    "data disk": _image(
        20, ANNA, "2022-07-01", _EIGHTEEN,
        __imagetype="private", __lazyloading="True", virtual_env_type="DataImage",
        __os_type="Linux", min_disk=12, __image_size="1105920", __sequence_num="1001",
        __data_origin=f"volume,{uuid(200)}", __originalimagename="null",
        active_at="2022-07-01T11:00:00Z",
    ),
    "data disk of windows": _image(
        19, BERND, "2022-07-01", _BRACES,
        __imagetype="private", virtual_env_type="DataImage", __os_type="Windows", min_disk=1,
        __sequence_num="1001", __data_origin=f"volume,{uuid(201)}", __originalimagename="null",
        active_at="2022-07-01T11:00:00Z",
    ),
    "iso": _private(
        21, ANNA, "2022-07-02", _WINDOWS, _of_file("windows.iso"), __support_kvm=...,
        virtual_env_type="IsoImage", disk_format="iso", hw_firmware_type=..., min_disk=20,
    ),
    "backup": _private(
        22, ANNA, "2022-07-03", _CENTOS, __data_origin=f"server_backup,{uuid(220)}",
        __backup_id=uuid(220), __whole_image="true", __originalimagename=uuid(1),
    ),
    "shared": _private(
        23, ANNA, "2022-08-01", _CENTOS, _of_server(101, parent=1),
        __imagetype="shared", visibility="shared", members=_members(BERND, "f" * 32, "e" * 32),
    ),
    "shared backup": _private(
        24, BERND, "2022-08-02", _WINDOWS, __data_origin=f"server_backup,{uuid(221)}",
        __backup_id=uuid(221), __whole_image="true", __originalimagename=uuid(4),
        __imagetype="shared", visibility="shared",
        members=_members(*(f"{number:032x}" for number in range(10))),
    ),
    "queued": _private(
        25, ANNA, "2022-08-12", _CENTOS, _UNKNOWN, _of_file("q"), status="queued",
        disk_format=None, __image_size=..., active_at=...,
    ),
    "saving": _private(
        26, ANNA, "2022-08-12", _CENTOS, _UNKNOWN, _of_server(102, parent=10), status="saving",
        __image_size=..., active_at=..., min_disk=41,
    ),
    "killed": _private(
        27, ANNA, "2022-08-05", _CENTOS, _UNKNOWN, _of_file("k"), status="killed", active_at=...,
    ),
    "deleted": _private(28, ANNA, "2022-08-06", _CENTOS, _of_file("d"), status="deleted"),
    "bms": _private(
        29, BERND, "2022-08-07", _SUSE, _of_server(103, parent=2), virtual_env_type="Ironic",
        __support_kvm=...,
    ),
    "bms of another": _private(
        35, ANNA, "2022-01-01", _SUSE, _of_server(105, parent=2), virtual_env_type="Ironic",
        __support_kvm=...,
    ),
    "encrypted": _private(
        30, BERND, "2022-08-08", _CENTOS, _of_file("e"), __system__cmkid=uuid(300),
    ),
    "arm": _private(
        31, BERND, "2022-08-09", _EULER, _of_server(104, parent=3), __support_kvm=...,
    ),
    "other": _private(
        32, BERND, "2022-08-10", _of_file("o"), __support_kvm=..., __os_type="Other",
        __platform="Other", __os_version="Other(32 bit)", __os_bit="32",
    ),
    "coreos": _private(
        33, BERND, "2022-08-11", _of_file("c"), __os_type="Linux", __platform="CoreOS",
        __os_version="CoreOS 1068.10.0", __os_bit="64",
    ),
    "patched": _private(
        34, BERND, "2022-08-12", _of_file("c"), __data_origin=None, __root_origin=...,
        virtual_size=0, __os_type="Linux", __platform="Ubuntu",
        __os_version="Ubuntu 14.04 server 32bit", __os_bit="32",
    ),
}  # fmt: skip
"""Description -> image, in the form of a line of NDJSON."""


def good_images() -> list[Image]:
    """Return a copy of all of them, in the default order of a set."""
    images = copy.deepcopy(list(GOOD.values()))
    return sorted(images, key=lambda image: (image["created_at"], image["id"]), reverse=True)
