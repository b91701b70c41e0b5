"""Fields that every image service has, and plain properties."""

from glancetape_generators.provider.base import WholeImages


class ApiFields(WholeImages):
    """The fields without underscores."""

    def image_id(self) -> str:
        """`id`: UUID of version 4, lower case; all images.

        Source: samples of the API document.
        """
        return self._text("id")

    def image_name(self) -> str | None:
        """`name`: 1 to 128 characters, not unique: of public images the system's and what it is
        for, of tenants' what `names` of the spec says; all images, null where the spec says so.

        Source: API document; image names of regions.
        """
        found: str | None = self._field("name")
        return found

    def image_status(self) -> str:
        """`status`: queued, saving, deleted, killed or active: tenants' as `statuses` of the spec
        says, others active; all images.

        Source: API document.
        """
        return self._text("status")

    def image_visibility(self) -> str:
        """`visibility`: public for gold and market, else that of `__imagetype`; all images.

        Source: API document.
        """
        return self._text("visibility")

    def image_protected(self) -> bool:
        """`protected`: true for gold and market, else false; all images.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._flag("protected")

    def image_owner(self) -> str:
        """`owner`: project of 32 hexadecimal digits: one operator for gold, one for market,
        tenants by size for others; all images.

        Source: API document.
        """
        return self._text("owner")

    def image_created_at(self) -> str:
        """`created_at`: a busy day more often than a quiet one, in working hours more often than
        at night; a later day than that of the image it was made of; all images.

        Source: API document; weights and words of this project.
        """
        return self._text("created_at")

    def image_updated_at(self) -> str:
        """`updated_at`: not before `active_at`: never changed, changed within a day, or at any
        time; all images.

        Source: API document.
        """
        return self._text("updated_at")

    def image_active_at(self) -> str:
        """`active_at`: 20 seconds to an hour after `created_at`; market and tenants' images that
        have data.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("active_at")

    def image_tags(self) -> list[str]:
        """`tags`: `key=value`, `key` if the value is empty, or `key.value` for old ones, as `tags`
        of the spec says; tenants' images, others have none.

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
        """`size`: 0 for gold, 2 for market, 2 or 18 for tenants', null without data: what the
        service stores, not the image; all images.

        Source: samples of the API document; list answer of cn-south-1, 2022.
        """
        found: int | None = self._field("size")
        return found

    def image_virtual_size(self) -> None:
        """`virtual_size`: null; all images.

        Source: samples of the API document.
        """
        self._field("virtual_size")

    def image_checksum(self) -> str | None:
        """`checksum`: the MD5 that belongs to `size`; null without data; all images.

        Source: samples of the API document; list answer of cn-south-1, 2022.
        """
        found: str | None = self._field("checksum")
        return found

    def image_container_format(self) -> str:
        """`container_format`: bare; all images.

        Source: API document.
        """
        return self._text("container_format")

    def image_disk_format(self) -> str:
        """`disk_format`: iso for installers, zvhd2 unless it came from a file, then one of zvhd2,
        zvhd, vhd, raw, qcow2; all images.

        Source: API document.
        """
        return self._text("disk_format")

    def image_min_disk(self) -> int:
        """`min_disk`: GB, 10 to 1024 for Linux, 20 to 1024 for Windows, as `disks` of the spec
        says; at least that of the image it was made of; all images.

        Source: API document.
        """
        return self._number("min_disk")

    def image_min_ram(self) -> int:
        """`min_ram`: MB, mostly 0; all images.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._number("min_ram")

    def image_max_ram(self) -> str:
        """`max_ram`: MB, mostly "0", which is no limit; market and tenants' images that have data.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("max_ram")

    def image_virtual_env_type(self) -> str:
        """`virtual_env_type`: FusionCompute for servers, Ironic for bare metal, DataImage for data
        disks, IsoImage for installers; that of the image it was made of; all images.

        Source: API document.
        """
        return self._text("virtual_env_type")

    def image_hw_firmware_type(self) -> str:
        """`hw_firmware_type`: uefi for ARM and where the system can, else bios; not of data disks
        and installers, and of a part of the others.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("hw_firmware_type")

    def image_hw_vif_multiqueue_enabled(self) -> str:
        """`hw_vif_multiqueue_enabled`: true or false; a part of the images for servers.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("hw_vif_multiqueue_enabled")

    def image_enterprise_project_id(self) -> str:
        """`enterprise_project_id`: "0" or an enterprise project of the owner's; a part of tenants'
        images.

        Source: API document.
        """
        return self._text("enterprise_project_id")

    def image_members(self) -> list[dict[str, str]]:
        """`members`: member_id and status of each project that a shared image is shared with.

        Source: API document of members; pending, accepted and rejected as the spec says.
        """
        found: list[dict[str, str]] = self._field("members")
        return found
