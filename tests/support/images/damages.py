"""Damages to the good images: a change, the image, and the rule that must find it."""

from dataclasses import dataclass
from typing import Any

from support.images.good_images import ANNA, BERND, GOOD, MARKET, OPERATOR, Image, good_images, uuid


@dataclass(frozen=True, slots=True)
class Damage:
    """A change of some fields of one image; `...` removes a field."""

    rule: str
    image: str
    fields: Any
    """The changed fields; anything but a dict replaces the whole image."""
    also: frozenset[str] = frozenset()
    """Other rules that the damage breaks as a consequence."""

    def apply(self) -> list[Any]:
        """Return the good images with this damage."""
        images = good_images()
        place = [image["id"] for image in images].index(GOOD[self.image]["id"])
        if isinstance(self.fields, dict):
            damaged = images[place] | self.fields
            images[place] = {name: value for name, value in damaged.items() if value is not ...}
        else:
            images[place] = self.fields
        return images

    def __str__(self) -> str:
        """Name the damage in the name of a test."""
        what = " ".join(self.fields) if isinstance(self.fields, dict) else "all"
        return f"{self.rule}: {what} of {self.image}"


def _d(rule: str, image: str, also: str = "", **fields: Any) -> Damage:
    return Damage(rule, image, fields, frozenset(also.split()))


def _members(count: int) -> list[dict[str, str]]:
    return [{"member_id": f"{number:032x}", "status": "accepted"} for number in range(count)]


def _moved(image: str, image_id: str) -> Image:
    """Return the fields that give an image another id; no other image may have it as its parent."""
    assert image in GOOD
    return {"id": image_id, "self": f"/v2/images/{image_id}", "file": f"/v2/images/{image_id}/file"}


_UP = "0A5F2B6E4C1D4E0F9B8A7C6D5E4F3A2B"

DAMAGES = (
    # shape
    Damage("is-object", "coreos", None),
    Damage("is-object", "coreos", []),
    Damage("is-object", "coreos", "text"),
    _d("required-fields", "copy", schema=...),
    _d("fields-of-ims", "gold bms", __isregistered=...),
    _d("fields-of-ims", "coreos", virtual_env_type=...),
    _d("required-fields", "coreos", min_disk=...),
    _d("field-type", "coreos", min_ram="0"),
    _d("field-type", "coreos", min_disk=10.5),
    _d("field-type", "coreos", protected="false"),
    _d("field-type", "coreos", min_ram=True),
    _d("field-type", "coreos", tags=None),
    _d("field-type", "coreos", tags=[1]),
    _d("field-type", "coreos", name=7),
    _d("field-type", "coreos", id=None),
    _d("property-text", "coreos", __os_bit=64, also="system-complete"),
    _d("field-type", "coreos", __description=["a"]),
    _d("property-text", "coreos", __support_amd=True),
    _d("property-text", "coreos", __anything=None),
    _d("property-text", "coreos", hw_vif_multiqueue_enabled=None),
    _d("property-text", "coreos", anything=["a"]),
    _d("id-form", "coreos", **_moved("coreos", uuid(33).upper())),
    _d("id-form", "coreos", **_moved("coreos", uuid(33).replace("-4a", "-1a"))),
    _d("id-form", "coreos", **_moved("coreos", uuid(33) + "\n")),
    _d("owner-form", "coreos", owner=_UP),
    _d("owner-form", "coreos", owner="anna"),
    _d("links", "coreos", self="/v2/images/"),
    _d("links", "coreos", file=f"/v2/images/{uuid(33)}/data"),
    _d("links", "coreos", file=f"/v2/images/{uuid(32)}/file"),
    _d("links", "coreos", schema="/v2/schemas/images"),
    _d("name-length", "coreos", name=""),
    _d("name-length", "coreos", name="n" * 129),
    _d("virtual-size-unknown", "coreos", virtual_size=1),
    _d("tag-once", "coreos", tags=["a", "b", "a"]),
    _d("tag-length", "coreos", tags=["k" * 37 + "=v"]),
    _d("tag-length", "coreos", tags=["k=" + "v" * 44]),
    _d("tag-length", "coreos", tags=["t" * 256]),
    _d("tag-length", "coreos", tags=["=v"]),
    _d("status-value", "coreos", status="deactivated"),
    _d("visibility-value", "coreos", visibility="community", also="visibility-of-kind"),
    _d("container-format-value", "coreos", container_format="ovf"),
    _d("disk-format-value", "coreos", disk_format="ISO"),
    _d("disk-format-known", "coreos", disk_format=None),
    _d("isregistered-value", "coreos", __isregistered="false"),
    _d("image-source-type-value", "coreos", __image_source_type="swift"),
    _d("imagetype-value", "patched", __imagetype="community"),
    _d("virtual-env-type-value", "patched", virtual_env_type="KVM"),
    _d("lazyloading-value", "coreos", __lazyloading="TRUE"),
    # kinds
    _d("visibility-of-kind", "gold bms", visibility="private"),
    _d("visibility-of-kind", "coreos", visibility="public"),
    _d("visibility-of-kind", "shared", visibility="private", also="members-of-shared"),
    _d("protected-of-kind", "gold bms", protected=False),
    _d("protected-of-kind", "coreos", protected=True),
    _d("public-untagged", "gold bms", tags=["a=b"]),
    _d("public-untagged", "market", tags=["a"]),
    _d("public-active", "market", status="deleted"),
    _d("public-active", "gold windows", status="killed", also="parent-active"),
    _d("gold-without", "gold", max_ram="0"),
    _d("gold-without", "gold", __data_origin=""),
    _d("gold-without", "gold", __productcode=""),
    _d("gold-environment", "gold unused", virtual_env_type="IsoImage", disk_format="iso",
       hw_firmware_type=...),
    _d("market-fields", "market", __productcode=...),
    _d("market-fields", "market", active_at=...),
    _d("market-fields", "market", __data_origin=...),
    _d("market-without", "market", __backup_id="", also="backup-named"),
    _d("market-without", "market", enterprise_project_id="0", _sys_enterprise_project_id="0"),
    _d("market-environment", "market", virtual_env_type="Ironic"),
    _d("market-origin", "market", __data_origin=None),
    _d("market-origin", "market", __data_origin=f"image,{uuid(500)}"),
    _d("market-origin", "market", __originalimagename=uuid(501)),
    _d("productcode-form", "market", __productcode="linux"),
    _d("offshelved-value", "market", __is_offshelved="no"),
    _d("tenants-without", "coreos", __account_code=""),
    _d("shared-unencrypted", "shared", __system__cmkid=uuid(301)),
    _d("key-form", "encrypted", __system__cmkid="default"),
    _d("enterprise-project-twice", "coreos", enterprise_project_id="0"),
    _d("enterprise-project-form", "coreos", enterprise_project_id="1",
       _sys_enterprise_project_id="1"),
    # origins
    _d("origin-known", "coreos", __data_origin=..., __root_origin=...),
    _d("origin-form", "special", __data_origin="file,bucket"),
    _d("origin-form", "copy", __data_origin=f"image,{uuid(10)}"),
    _d("origin-form", "bms", __data_origin="instance,i-0815"),
    _d("origin-form", "patched", __data_origin=""),
    _d("origin-form", "patched", __data_origin="ftp,x"),
    _d("origin-environment", "coreos", virtual_env_type="DataImage",
       also="data-disk-plain slot support-of-ecs"),
    _d("origin-environment", "data disk", virtual_env_type="FusionCompute",
       also="slot system-named"),
    _d("origin-environment", "backup", virtual_env_type="Ironic",
       also="support-of-ecs parent-environment"),
    _d("parent-named", "bms", __originalimagename=...),
    _d("parent-named", "backup", __originalimagename=""),
    _d("file-without-parent", "coreos", __originalimagename=""),
    _d("disk-without-parent", "data disk", __originalimagename=...),
    _d("copy-of-parent", "copy", __data_origin=f"image,eu-de,{uuid(11)}"),
    _d("root-origin", "coreos", __root_origin=...),
    _d("root-origin", "bms", __root_origin="file"),
    _d("root-origin", "patched", __root_origin="disk"),
    _d("whole-image", "backup", __whole_image="false"),
    _d("whole-image", "bms", __whole_image="true"),
    _d("backup-named", "backup", __backup_id=uuid(9)),
    _d("backup-named", "backup", __backup_id=...),
    _d("backup-named", "bms", __backup_id=""),
    _d("data-disk-plain", "data disk", __support_agent_list="hss"),
    _d("data-disk-plain", "data disk", hw_firmware_type="bios"),
    _d("data-disk-system", "data disk", __os_type="Other"),
    _d("slot", "data disk", __sequence_num=...),
    _d("slot", "bms", __sequence_num="0"),
    _d("slot", "coreos", __sequence_num="1001"),
    _d("iso-format", "iso", disk_format="raw"),
    _d("iso-format", "coreos", disk_format="iso"),
    # system
    _d("platform-value", "coreos", __platform="EuleOS", also="version-bits"),
    _d("os-type-value", "patched", __os_type="Suse"),
    _d("os-type-of-platform", "coreos", __os_type="Windows"),
    _d("os-type-of-platform", "other", __os_type="Linux"),
    _d("os-type-of-platform", "windows file", __os_type="Linux"),
    _d("system-complete", "coreos", __os_version=...),
    _d("system-named", "coreos", __platform=..., __os_version=..., __os_bit=...),
    _d("version-of-platform", "coreos", __os_version="CoreOSX 1 64bit"),
    _d("version-of-platform", "arm", __os_version="EulerOS 2.10 64bit",
       also="parent-system version-of-another"),
    _d("version-of-another", "coreos", __os_version="CentOS 7.3 64bit",
       also="version-of-platform"),
    _d("version-bits", "other", __os_version="Other Linux"),
    _d("version-bits", "patched", __os_version="Ubuntu 14.04 server 16bit"),
    _d("version-bits", "patched", __os_version="Ubuntu 14.04 server164bit"),
    _d("os-bit", "coreos", __os_bit="32"),
    _d("os-bit", "patched", __os_bit="64"),
    _d("os-bit", "patched", __os_bit="32bit"),
    _d("firmware-value", "coreos", hw_firmware_type="efi"),
    _d("iso-without-firmware", "iso", hw_firmware_type="bios"),
    _d("uefi-bits", "patched", hw_firmware_type="uefi", also="uefi-version"),
    _d("uefi-version", "encrypted", hw_firmware_type="uefi", __os_version="CentOS 7.2 64bit"),
    _d("uefi-version", "coreos", hw_firmware_type="uefi"),
    _d("arm-firmware", "arm", hw_firmware_type="bios", also="parent-architecture"),
    _d("arm-firmware", "arm", hw_firmware_type=..., also="parent-architecture"),
    _d("arm-without", "market", __support_kvm="true"),
    _d("arm-without", "market", __support_amd="true"),
    _d("arm-system", "windows file", __support_arm="true", also="arm-without"),
    _d("arm-system", "market", __os_bit="32", also="os-bit uefi-bits"),
    _d("feature-list", "coreos", __os_feature_list="{"),
    _d("feature-list", "coreos", __os_feature_list='{"a": true}'),
    _d("feature-list", "coreos", __os_feature_list="[]"),
    _d("feature-list", "coreos", __os_feature_list="[" * 100_000),
    # support
    _d("support-true", "coreos", __support_xen="false"),
    _d("support-true", "special", __support_largememory="True"),
    _d("support-boolean", "coreos", hw_vif_multiqueue_enabled="True"),
    _d("support-boolean", "coreos", __support_arm=""),
    _d("gpu-without-plain-hosts", "graphics", __support_xen="true"),
    _d("gpu-without-plain-hosts", "hana", __support_kvm="true"),
    _d("one-special-host", "graphics", __support_kvm_gpu_type="V100"),
    _d("infiniband-without-xen", "coreos", __support_kvm_infiniband="true", __support_xen="true"),
    _d("xen-gpu-value", "graphics", __support_xen_gpu_type="M60"),
    _d("kvm-gpu-value", "computing", __support_kvm_gpu_type="A100"),
    _d("xen-gpu-windows", "computing", __support_xen_gpu_type="M60_vGPU",
       __support_kvm_gpu_type=...),
    _d("hana-system", "computing", __support_xen_hana="true", __support_kvm_gpu_type=...),
    _d("largememory-version", "hana", __support_largememory="true",
       __os_version="SUSE Linux Enterprise Server 12 SP5 64bit"),
    _d("diskintensive-version", "computing", __support_diskintensive="true",
       __os_version="CentOS 6.6 64bit"),
    _d("highperformance-version", "windows file", __support_highperformance="true"),
    _d("support-of-ecs", "bms", __support_kvm="true"),
    _d("support-of-ecs", "gold bms", __support_largememory="true"),
    _d("some-host", "coreos", __support_kvm=...),
    _d("some-host", "special", __support_kvm=...),
    _d("agents", "coreos", __support_agent_list=""),
    _d("agents", "coreos", __support_agent_list="ces,hss"),
    _d("injection-of-ecs", "bms", __support_fc_inject="true"),
    # sizes
    _d("checksum-of-size", "coreos", size=0),
    _d("checksum-of-size", "coreos", size=10**5000),
    _d("size-of-kind", "coreos", size=0, checksum="d41d8cd98f00b204e9800998ecf8427e"),
    _d("size-of-kind", "coreos", size=None, checksum=None),
    _d("size-of-kind", "market", size=18, checksum="bcd7dd7dab80ca42e125a389f986404e"),
    _d("size-of-kind", "queued", size=2, checksum="99914b932bd37a50b983c5e7c90ae93b"),
    _d("min-disk-amount", "data disk", min_disk=-1, also="image-size-fits min-disk-range"),
    _d("min-disk-range", "coreos", min_disk=9),
    _d("min-disk-range", "coreos", min_disk=1025),
    _d("min-disk-range", "windows file", min_disk=19),
    _d("min-disk-range", "data disk", min_disk=0, also="image-size-fits"),
    _d("min-ram-range", "coreos", min_ram=-1),
    _d("image-size-form", "coreos", __image_size="0"),
    _d("image-size-form", "coreos", __image_size="1.5"),
    _d("image-size-form", "coreos", __image_size="9" * 5000),
    _d("image-size-fits", "coreos", __image_size=str((40 << 30) + 1)),
    _d("max-ram-form", "coreos", max_ram="unlimited"),
    _d("max-ram-above", "market of a uuid", max_ram="512"),
    # times
    _d("time-form", "coreos", updated_at="2022-08-11T12:30:00.000Z"),
    _d("time-form", "coreos", updated_at="2023-02-29T12:30:00Z"),
    _d("time-form", "coreos", updated_at="2022-08-11T24:00:00Z"),
    _d("time-form", "market", active_at="2022-04-28T10:47:52"),
    _d("updated-after-created", "queued", updated_at="2022-08-03T09:59:59Z"),
    _d("active-between", "market", active_at="2022-04-28T09:47:52Z"),
    _d("active-between", "coreos", active_at="2022-08-11T12:30:01Z"),
    _d("active-since", "coreos", active_at=...),
    _d("waiting-without", "queued", __image_size="1"),
    _d("waiting-without", "saving", active_at="2022-08-12T11:00:00Z"),
    _d("location", "coreos", __image_location="1.2.3.4:443:pcsims:CoreOS"),
    _d("location", "deleted", __image_location=f"1.2.3.4:443:pcsims{ANNA}:{uuid(28)}"),
    _d("location", "coreos", __image_location=f"1.2.3:443:pcsims{BERND}:{uuid(33)}"),
    # members
    _d("member-shape", "shared", members=7, also="shared-with-some"),
    _d("member-shape", "shared", members=[*_members(1), {"member_id": BERND}]),
    _d("member-shape", "shared", members=[*_members(1), None]),
    _d("members-of-shared", "coreos", members=_members(1)),
    _d("shared-with-some", "shared", members=[]),
    _d("shared-with-some", "shared", members=...),
    _d("members-at-most", "shared", members=_members(257)),
    _d("members-at-most", "shared backup", members=_members(11)),
    _d("member-form", "shared", members=[{"member_id": _UP, "status": "pending"}]),
    _d("member-not-owner", "shared", members=[{"member_id": ANNA, "status": "pending"}]),
    _d("member-status", "shared", members=[{"member_id": BERND, "status": "maybe"}]),
    _d("member-once", "shared", members=[*_members(1), *_members(1)]),
    # parents
    _d("parent-there", "bms", __originalimagename=uuid(99)),
    _d("parent-owner", "bms", __originalimagename=uuid(35)),
    _d("parent-owner", "server again", __originalimagename=uuid(6), also="server-parent"),
    _d("parent-owner", "copy", __originalimagename=uuid(1), __data_origin=f"image,eu-de,{uuid(1)}"),
    _d("parent-older", "shared", created_at="2018-09-06T09:59:59Z"),
    _d("parent-other", "shared", __originalimagename=uuid(23)),
    _d("parent-system", "shared", __os_version="CentOS 7.4 64bit"),
    _d("parent-architecture", "bms", hw_firmware_type="uefi"),
    _d("parent-environment", "shared", __originalimagename=uuid(2), also="parent-system"),
    _d("parent-disk", "shared", min_disk=39),
    _d("parent-bootable", "shared", __originalimagename=uuid(20),
       also="parent-environment parent-system"),
    _d("parent-active", "shared", created_at="2022-08-07T10:00:00Z",
       updated_at="2022-08-07T12:00:00Z", active_at="2022-08-07T11:00:00Z",
       __originalimagename=uuid(28)),
    # over the set
    _d("gold-owner", "gold windows", owner="c" * 32),
    _d("market-owner", "market", owner="c" * 32),
    _d("owner-role", "other", owner=OPERATOR),
    _d("owner-role", "other", owner=MARKET),
    _d("member-role", "shared", members=[{"member_id": OPERATOR, "status": "pending"}]),
    _d("member-role", "shared", members=[{"member_id": MARKET, "status": "accepted"}]),
    _d("server-owner", "bms", __data_origin=f"instance,{uuid(100)}",
       also="server-system server-parent server-support server-disk"),
    _d("server-system", "bms", __data_origin=f"instance,{uuid(100)}",
       also="server-owner server-parent server-support server-disk"),
    _d("server-parent", "server again", __originalimagename=uuid(7)),
    _d("server-support", "server again", __support_agent_list=...),
    _d("server-support", "server again", __support_fc_inject="false"),
    _d("volume-owner", "data disk of windows", __data_origin=f"volume,{uuid(200)}",
       also="volume-system"),
    _d("volume-system", "data disk of windows", __data_origin=f"volume,{uuid(200)}",
       also="volume-owner"),
    _d("key-owner", "copy", __system__cmkid=uuid(300)),
    _d("enterprise-owner", "coreos", enterprise_project_id="5e11c0de-7a57-4b1e-9c3d-2f4e6a8b0c1d",
       _sys_enterprise_project_id="5e11c0de-7a57-4b1e-9c3d-2f4e6a8b0c1d"),
    _d("backup-owner", "shared backup", __backup_id=uuid(220),
       __data_origin=f"server_backup,{uuid(220)}", also="backup-system"),
    _d("backup-system", "shared backup", __backup_id=uuid(220),
       __data_origin=f"server_backup,{uuid(220)}", also="backup-owner"),
    _d("id-once", "coreos", **_moved("coreos", uuid(32))),
    # in the order of time
    _d("versions-rise", "special", name="erp-v2"),
    _d("versions-rise", "hana", name="erp-v5"),
    _d("server-disk", "server again", min_disk=39, also="parent-disk"),
    # words in names
    _d("app-of-system", "coreos", name="rdp-coreos-v1"),
    _d("app-of-system", "windows file", name="prod kafka"),
    _d("file-of-system", "coreos", __data_origin="file,bucket:folder/centos79.qcow2"),
    _d("file-of-system", "windows file", __data_origin="file,bucket:ubuntu-22.04.vhd"),
    # the end of a system's life
    _d("gold-while-supported", "gold unused", created_at="2025-01-01T10:00:00Z",
       updated_at="2025-01-01T10:00:00Z"),
)  # fmt: skip
