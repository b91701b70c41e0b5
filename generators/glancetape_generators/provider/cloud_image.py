"""The type of an image that the provider draws, for type checkers."""

from typing import Any, TypedDict

Members = list[dict[str, str]]
"""The projects that an image is shared with: member_id and status of each."""


class _Always(TypedDict):
    """Fields that every image has."""

    id: str
    name: str | None
    status: str
    visibility: str
    protected: bool
    container_format: str | None
    disk_format: str | None
    min_disk: int
    min_ram: int
    size: int | None
    checksum: str | None
    virtual_size: int | None
    owner: str
    tags: list[str]
    created_at: str
    updated_at: str
    self: str
    file: str
    schema: str


# Names that begin with two underscores would be mangled in the body of a class.
_OfIms = TypedDict(
    "_OfIms",
    {
        "__account_code": str,
        "__backup_id": str,
        "__data_origin": str,
        "__description": str,
        "__image_location": str,
        "__image_size": str,
        "__image_source_type": str,
        "__imagetype": str,
        "__is_config_init": str,
        "__is_offshelved": str,
        "__isregistered": str,
        "__lazyloading": str,
        "__originalimagename": str,
        "__os_bit": str,
        "__os_feature_list": str,
        "__os_type": str,
        "__os_version": str,
        "__platform": str,
        "__productcode": str,
        "__root_origin": str,
        "__sequence_num": str,
        "__support_agent_list": str,
        "__support_amd": str,
        "__support_arm": str,
        "__support_diskintensive": str,
        "__support_fc_inject": str,
        "__support_highperformance": str,
        "__support_kvm": str,
        "__support_kvm_fpga_type": str,
        "__support_kvm_gpu_type": str,
        "__support_kvm_infiniband": str,
        "__support_largememory": str,
        "__support_xen": str,
        "__support_xen_gpu_type": str,
        "__support_xen_hana": str,
        "__system__cmkid": str,
        "__whole_image": str,
        "_sys_enterprise_project_id": str,
        "active_at": str,
        "enterprise_project_id": str,
        "hw_firmware_type": str,
        "hw_vif_multiqueue_enabled": str,
        "max_ram": str,
        "virtual_env_type": str,
    },
    total=False,
)


class _OfGlance(TypedDict, total=False):
    """Fields of OpenStack Glance that not every image has."""

    architecture: str
    direct_url: str
    image_type: str
    instance_uuid: str
    kernel_id: str
    locations: list[dict[str, Any]]
    os_distro: str
    os_hash_algo: str | None
    os_hash_value: str | None
    os_hidden: bool
    os_version: str
    ramdisk_id: str


class CloudImage(_Always, _OfIms, _OfGlance, total=False):
    """An image as a list answer shows it; a spec's own properties are not in the type."""

    members: Members
