"""Properties that IMS sets: what an image is, has in it, and was made of."""

from glancetape_generators.provider.base import WholeImages


class ImsFields(WholeImages):
    """The fields with underscores, but for what an image supports."""

    def image_sys_enterprise_project_id(self) -> str:
        """`_sys_enterprise_project_id`: that of `enterprise_project_id`, and where that is.

        Source: API document.
        """
        return self._text("_sys_enterprise_project_id")

    def image_account_code(self) -> str:
        """`__account_code`: mostly empty, else linux or windows; market images.

        Source: API document; list answer of cn-south-1, 2022.
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
        cn-south-1, 2022.
        """
        return self._text("__data_origin")

    def image_description(self) -> str:
        """`__description`: a few words; a part of market and tenants' images.

        Source: API document; weights and words of this project.
        """
        return self._text("__description")

    def image_image_location(self) -> str:
        """`__image_location`: `ADDRESS:PORT:pcsimsPROJECT:ID`; tenants' active images of data
        disks and from files.

        Source: API document; documentation of the Terraform provider and of EVS.
        """
        return self._text("__image_location")

    def image_image_size(self) -> str:
        """`__image_size`: bytes, more than 0, at most 60 % of `min_disk`; market and tenants'
        images that have data.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("__image_size")

    def image_image_source_type(self) -> str:
        """`__image_source_type`: uds; all images.

        Source: API document.
        """
        return self._text("__image_source_type")

    def image_imagetype(self) -> str:
        """`__imagetype`: gold, private, shared or market: the catalogue takes its records, the
        others are as `kinds` of the spec says; all images.

        Source: API document.
        """
        return self._text("__imagetype")

    def image_is_config_init(self) -> str:
        """`__is_config_init`: true or false; a part of tenants' images for servers that have data.

        Source: API document.
        """
        return self._text("__is_config_init")

    def image_is_offshelved(self) -> str:
        """`__is_offshelved`: mostly false; market images.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("__is_offshelved")

    def image_isregistered(self) -> str:
        """`__isregistered`: true; all images.

        Source: API document.
        """
        return self._text("__isregistered")

    def image_lazyloading(self) -> str:
        """`__lazyloading`: true for gold, True for market, mostly True for tenants'; all images.

        Source: API document; samples of the API document; list answer of cn-south-1, 2022.
        """
        return self._text("__lazyloading")

    def image_originalimagename(self) -> str:
        """`__originalimagename`: the id of the image it was made of: of tenants' images one that is
        there, is older and has the same system, of market images one in another region; "null" for
        data disks; market and tenants' images that are not from a file.

        Source: API document; documentation of the Terraform provider and of EVS; list answer of
        cn-south-1, 2022.
        """
        return self._text("__originalimagename")

    def image_os_bit(self) -> str:
        """`__os_bit`: 64 or 32, as `__os_version` says; not of data disks.

        Source: API document.
        """
        return self._text("__os_bit")

    def image_os_feature_list(self) -> str:
        """`__os_feature_list`: a JSON object as text, by type of system; a part of images for
        servers and bare metal.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("__os_feature_list")

    def image_os_type(self) -> str:
        """`__os_type`: Windows for platform Windows, Other for Other, else Linux; all images.

        Source: API document.
        """
        return self._text("__os_type")

    def image_os_version(self) -> str:
        """`__os_version`: a version of the platform, in the cloud's spelling; not of data disks.

        Source: API document; Open Telekom Cloud's list of values.
        """
        return self._text("__os_version")

    def image_platform(self) -> str:
        """`__platform`: as `platforms` of the spec says; that of the image it was made of; not of
        data disks.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("__platform")

    def image_productcode(self) -> str:
        """`__productcode`: 32 hexadecimal digits, one of some hundred products; market images.

        Source: API document; list answer of cn-south-1, 2022.
        """
        return self._text("__productcode")

    def image_root_origin(self) -> str:
        """`__root_origin`: file; images and installers from a file.

        Source: API document.
        """
        return self._text("__root_origin")

    def image_sequence_num(self) -> str:
        """`__sequence_num`: "0" for a part of tenants' images for servers, "1001" for data disks.

        Source: API document; documentation of the Terraform provider and of EVS.
        """
        return self._text("__sequence_num")

    def image_system_cmkid(self) -> str:
        """`__system__cmkid`: a key of the owner's; a few private images.

        Source: API document.
        """
        return self._text("__system__cmkid")

    def image_whole_image(self) -> str:
        """`__whole_image`: true; full-server images.

        Source: documentation of the IMS API (extension).
        """
        return self._text("__whole_image")
