"""The Faker provider of single fields: a method for each.

    fake = Faker()
    fake.add_provider(FieldProvider)
    fake.image_os_version()  # "Ubuntu 22.04 server 64bit"

The docstring of a method says what the field holds, which images have it, and where that is known
from; docs/faker.md prints these docstrings as a table.
"""

from typing import Any, cast

from faker.providers import BaseProvider

from glancetape_generators.provider import arguments
from glancetape_generators.provider.pool import drawn_from, pool_of


class FieldProvider(BaseProvider):
    """Fields of a cloud's images, for Faker: each call draws from another image.

    A method raises LookupError when the spec makes no image that has the field.
    """

    spec = "region"
    """What the images are like: a preset, or the path of a file."""

    # Fields that every image service has, and properties without underscores

    def image_id(self) -> str:
        """`id`: a UUID of version 4 in lower case; all images.

        Source: samples of the API document.
        """
        return self._text("id")

    def image_name(self) -> str | None:
        """`name`: 1 to 128 characters, not unique: the system and its purpose for gold, product and
        edition for market, a pattern of the spec's `names` for tenants; all images, null where the
        spec says so.

        Source: API document; image names of regions.
        """
        found: str | None = self._field("name")
        return found

    def image_status(self) -> str:
        """`status`: queued, saving, deleted, killed or active, by the spec's `statuses` for
        tenants' images; always active for others; all images.

        Source: API document.
        """
        return self._text("status")

    def image_visibility(self) -> str:
        """`visibility`: public for gold and market, otherwise as `__imagetype`; all images.

        Source: API document.
        """
        return self._text("visibility")

    def image_protected(self) -> bool:
        """`protected`: true for gold and market, otherwise false; all images.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._flag("protected")

    def image_owner(self) -> str:
        """`owner`: a project of 32 hexadecimal digits: the operator for gold, the market's project
        for market, otherwise a tenant, large ones more often; all images.

        Source: API document.
        """
        return self._text("owner")

    def image_created_at(self) -> str:
        """`created_at`: more often on busy days and in working hours; on a later day than the image
        it was made from; all images.

        Source: API document; choices of this project.
        """
        return self._text("created_at")

    def image_updated_at(self) -> str:
        """`updated_at`: not before `active_at`: never changed, changed within a day, or at any
        later time; all images.

        Source: API document.
        """
        return self._text("updated_at")

    def image_active_at(self) -> str:
        """`active_at`: after `created_at`, by up to a quarter of an hour and the time for the data,
        13 to 92 MB a second; market and tenants' images with data.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("active_at")

    def image_tags(self) -> list[str]:
        """`tags`: `key=value`, `key` for an empty value, or `key.value` for old tags, by the spec's
        `tags`; tenants' images, always empty for others.

        Source: API document.
        """
        return self._texts("tags")

    def image_self(self) -> str:
        """`self`: /v2/images/ID; all images.

        Source: samples of the API document.
        """
        return self._text("self")

    def image_file(self) -> str:
        """`file`: /v2/images/ID/file; all images.

        Source: samples of the API document.
        """
        return self._text("file")

    def image_schema(self) -> str:
        """`schema`: /v2/schemas/image; all images.

        Source: samples of the API document.
        """
        return self._text("schema")

    def image_size(self) -> int | None:
        """`size`: a placeholder, not the size of the image: 0 for gold, 2 for market, 2 or 18 for
        tenants, null without data; all images.

        Source: samples of the API document; list answer of cn-south-1 from 2022.
        """
        found: int | None = self._field("size")
        return found

    def image_virtual_size(self) -> None:
        """`virtual_size`: null; all images.

        Source: samples of the API document.
        """
        self._field("virtual_size")

    def image_checksum(self) -> str | None:
        """`checksum`: the MD5 of the placeholder that `size` counts; null without data; all images.

        Source: samples of the API document; list answer of cn-south-1 from 2022.
        """
        found: str | None = self._field("checksum")
        return found

    def image_container_format(self) -> str:
        """`container_format`: bare; all images.

        Source: API document.
        """
        return self._text("container_format")

    def image_disk_format(self) -> str:
        """`disk_format`: iso for installation media; zvhd2, zvhd, vhd, raw or qcow2 for other
        images from files; zvhd2 otherwise; all images.

        Source: API document.
        """
        return self._text("disk_format")

    def image_min_disk(self) -> int:
        """`min_disk`: in GB: 10 to 1024 for Linux, 20 to 1024 for Windows, by the spec's `disks`;
        at least that of the image it was made from; all images.

        Source: API document.
        """
        return self._number("min_disk")

    def image_min_ram(self) -> int:
        """`min_ram`: in MB, mostly 0; all images.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._number("min_ram")

    def image_max_ram(self) -> str:
        """`max_ram`: in MB, mostly "0", which means no limit; market and tenants' images with data.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("max_ram")

    def image_virtual_env_type(self) -> str:
        """`virtual_env_type`: FusionCompute for virtual servers, Ironic for bare metal, DataImage
        for data disks, IsoImage for installation media; that of the image it was made from; all
        images.

        Source: API document.
        """
        return self._text("virtual_env_type")

    def image_hw_firmware_type(self) -> str:
        """`hw_firmware_type`: uefi for ARM and some systems that support it, otherwise bios; a part
        of images for servers.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("hw_firmware_type")

    def image_hw_vif_multiqueue_enabled(self) -> str:
        """`hw_vif_multiqueue_enabled`: true or false; a part of images for virtual servers.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("hw_vif_multiqueue_enabled")

    def image_os_shutdown_timeout(self) -> str:
        """`os_shutdown_timeout`: seconds; a few of tenants' images for virtual servers.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("os_shutdown_timeout")

    def image_enterprise_project_id(self) -> str:
        """`enterprise_project_id`: "0" or an enterprise project of the owner; a part of tenants'
        images.

        Source: API document.
        """
        return self._text("enterprise_project_id")

    def image_members(self) -> list[dict[str, str]]:
        """`members`: member_id and status of each project that the image is shared with; shared
        images.

        Source: API document of members; statuses by the spec's `members`.
        """
        found: list[dict[str, str]] = self._field("members")
        return found

    # Properties that IMS sets: what an image is, has in it, and was made from

    def image_sys_enterprise_project_id(self) -> str:
        """`_sys_enterprise_project_id`: the same as `enterprise_project_id`, where that is present.

        Source: API document.
        """
        return self._text("_sys_enterprise_project_id")

    def image_account_code(self) -> str:
        """`__account_code`: mostly empty, otherwise linux or windows; market images.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("__account_code")

    def image_backup_id(self) -> str:
        """`__backup_id`: the backup that `__data_origin` names; full-server images.

        Source: API document.
        """
        return self._text("__backup_id")

    def image_data_origin(self) -> str:
        """`__data_origin`: `instance,SERVER`, `file,BUCKET:OBJECT`, `image,REGION,IMAGE`,
        `volume,DISK` or `server_backup,BACKUP`; market and tenants' images.

        Source: API document; documentation of the Terraform provider and of EVS; list answer of
        cn-south-1 from 2022.
        """
        return self._text("__data_origin")

    def image_description(self) -> str:
        """`__description`: a few words; a part of market and tenants' images.

        Source: API document; choices of this project.
        """
        return self._text("__description")

    def image_image_location(self) -> str:
        """`__image_location`: `ADDRESS:PORT:pcsimsPROJECT:ID`; active tenants' images from data
        disks and files.

        Source: API document; documentation of the Terraform provider and of EVS.
        """
        return self._text("__image_location")

    def image_image_size(self) -> str:
        """`__image_size`: bytes of data, above 0, at most 60 % of `min_disk`; 64 KiB * n, often
        less 8 KiB; market and tenants' images with data.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("__image_size")

    def image_image_source_type(self) -> str:
        """`__image_source_type`: uds; all images.

        Source: API document.
        """
        return self._text("__image_source_type")

    def image_imagetype(self) -> str:
        """`__imagetype`: gold for records of the catalogue, otherwise private, shared or market by
        the spec's `kinds`; all images.

        Source: API document.
        """
        return self._text("__imagetype")

    def image_is_config_init(self) -> str:
        """`__is_config_init`: true or false; a part of tenants' images with data for virtual
        servers.

        Source: API document.
        """
        return self._text("__is_config_init")

    def image_is_offshelved(self) -> str:
        """`__is_offshelved`: mostly false; market images.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("__is_offshelved")

    def image_isregistered(self) -> str:
        """`__isregistered`: true; all images.

        Source: API document.
        """
        return self._text("__isregistered")

    def image_lazyloading(self) -> str:
        """`__lazyloading`: true for gold, True for market, mostly True for tenants; all images.

        Source: API document; samples of the API document; list answer of cn-south-1 from 2022.
        """
        return self._text("__lazyloading")

    def image_originalimagename(self) -> str:
        """`__originalimagename`: the id of the image it was made from: an older one in the set with
        the same system for tenants, one in another region for market, the text "null" for data
        disks; market and tenants' images, except those from files.

        Source: API document; documentation of the Terraform provider and of EVS; list answer of
        cn-south-1 from 2022.
        """
        return self._text("__originalimagename")

    def image_os_bit(self) -> str:
        """`__os_bit`: 64 or 32, as in `__os_version`; all except data disks.

        Source: API document.
        """
        return self._text("__os_bit")

    def image_os_feature_list(self) -> str:
        """`__os_feature_list`: a JSON object as text, by type of system; a part of images for
        servers.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("__os_feature_list")

    def image_os_type(self) -> str:
        """`__os_type`: Windows for the platform Windows, Other for Other, otherwise Linux; all
        images.

        Source: API document.
        """
        return self._text("__os_type")

    def image_os_version(self) -> str:
        """`__os_version`: a version of the platform in the cloud's spelling; all except data disks.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__os_version")

    def image_platform(self) -> str:
        """`__platform`: by the spec's `platforms`; that of the image it was made from; all except
        data disks.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("__platform")

    def image_productcode(self) -> str:
        """`__productcode`: 32 hexadecimal digits, one of 400 products; market images.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("__productcode")

    def image_root_origin(self) -> str:
        """`__root_origin`: file; images from files, installation media included.

        Source: API document.
        """
        return self._text("__root_origin")

    def image_sequence_num(self) -> str:
        """`__sequence_num`: "0" for a part of tenants' images for virtual servers, "1001" for data
        disks.

        Source: API document; documentation of the Terraform provider and of EVS.
        """
        return self._text("__sequence_num")

    def image_system_cmkid(self) -> str:
        """`__system__cmkid`: an encryption key of the owner; a few private images.

        Source: API document.
        """
        return self._text("__system__cmkid")

    def image_quick_start(self) -> str:
        """`__quick_start`: true; a few of tenants' images for virtual servers.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("__quick_start")

    def image_system_support_market(self) -> str:
        """`__system_support_market`: true or false; a part of tenants' images for servers.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("__system_support_market")

    def image_whole_image(self) -> str:
        """`__whole_image`: true; full-server images.

        Source: documentation of the IMS API (extension).
        """
        return self._text("__whole_image")

    # What an image supports

    def image_support_agent_list(self) -> str:
        """`__support_agent_list`: hss, ces or hss,ces; a part of images for servers.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("__support_agent_list")

    def image_support_amd(self) -> str:
        """`__support_amd`: true or false; a part of images for x86 virtual servers.

        Source: API document.
        """
        return self._text("__support_amd")

    def image_support_arm(self) -> str:
        """`__support_arm`: true for ARM, false for a few others.

        Source: API document; list answer of cn-south-1 from 2022.
        """
        return self._text("__support_arm")

    def image_support_live_resize(self) -> str:
        """`__support_live_resize`: true; a part of images for virtual servers.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("__support_live_resize")

    def image_support_kvm_hi1822_hiovs(self) -> str:
        """`__support_kvm_hi1822_hiovs`: true; some images for virtual servers.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("__support_kvm_hi1822_hiovs")

    def image_support_kvm_hi1822_hisriov(self) -> str:
        """`__support_kvm_hi1822_hisriov`: true; some images for virtual servers.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("__support_kvm_hi1822_hisriov")

    def image_support_kvm_hi1822_hivirtionet(self) -> str:
        """`__support_kvm_hi1822_hivirtionet`: true; some images for virtual
        servers.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("__support_kvm_hi1822_hivirtionet")

    def image_support_s4l(self) -> str:
        """`__support_s4l`: true; a part of images for bare metal.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("__support_s4l")

    def image_support_h2l(self) -> str:
        """`__support_h2l`: true; a part of images for bare metal.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("__support_h2l")

    def image_support_d1t(self) -> str:
        """`__support_d1t`: true; a part of images for bare metal.

        Source: structs of programs that read answers of Huawei Cloud; choices of this project.
        """
        return self._text("__support_d1t")

    def image_support_diskintensive(self) -> str:
        """`__support_diskintensive`: true; a part of the systems that disk-intensive servers
        support.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__support_diskintensive")

    def image_support_fc_inject(self) -> str:
        """`__support_fc_inject`: true or false; a few of tenants' images for virtual servers.

        Source: API document.
        """
        return self._text("__support_fc_inject")

    def image_support_highperformance(self) -> str:
        """`__support_highperformance`: true; a part of the systems that high-performance servers
        support.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__support_highperformance")

    def image_support_kvm(self) -> str:
        """`__support_kvm`: true; images for KVM without special hardware.

        Source: API document.
        """
        return self._text("__support_kvm")

    def image_support_kvm_fpga_type(self) -> str:
        """`__support_kvm_fpga_type`: VU9P; images with FPGA drivers.

        Source: samples of the API document from 2021.
        """
        return self._text("__support_kvm_fpga_type")

    def image_support_kvm_gpu_type(self) -> str:
        """`__support_kvm_gpu_type`: P4, T4, P100, V100 or V100_vGPU; images with GPU drivers for
        KVM, never together with `__support_kvm` or `__support_xen`.

        Source: API document.
        """
        return self._text("__support_kvm_gpu_type")

    def image_support_kvm_infiniband(self) -> str:
        """`__support_kvm_infiniband`: true; images with InfiniBand drivers, never together with
        `__support_xen`.

        Source: API document.
        """
        return self._text("__support_kvm_infiniband")

    def image_support_largememory(self) -> str:
        """`__support_largememory`: true; a part of the systems that large-memory servers support.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__support_largememory")

    def image_support_xen(self) -> str:
        """`__support_xen`: true; images for Xen without special hardware.

        Source: API document.
        """
        return self._text("__support_xen")

    def image_support_xen_gpu_type(self) -> str:
        """`__support_xen_gpu_type`: M60_vGPU; Windows images with GPU drivers for Xen, never
        together with `__support_kvm` or `__support_xen`.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__support_xen_gpu_type")

    def image_support_xen_hana(self) -> str:
        """`__support_xen_hana`: true; SUSE and Red Hat images for SAP HANA, never together with
        `__support_kvm` or `__support_xen`.

        Source: API document.
        """
        return self._text("__support_xen_hana")

    # How a field is found

    def _field(self, name: str) -> Any:
        """Return a field of an image that has it; LookupError when the spec makes none."""
        lines = pool_of(arguments.spec(self.spec)).having(name)
        return drawn_from(lines, self.generator.random.getrandbits(64))[name]

    def _text(self, name: str) -> str:
        return cast(str, self._field(name))

    def _texts(self, name: str) -> list[str]:
        return cast(list[str], self._field(name))

    def _number(self, name: str) -> int:
        return cast(int, self._field(name))

    def _flag(self, name: str) -> bool:
        return cast(bool, self._field(name))
