"""Read names, tags and property names of a spec, within the limits of the API."""

import re

from glancetape_generators.spec.yaml_values import Value

FIELDS = ("app", "os", "date", "time", "number", "seq", "hex", "uuid")
"""What a pattern of names can have between { and }."""
UNIQUE_FIELDS = ("seq", "hex", "uuid")
"""Those that are different for each image; values of properties can have them too."""
MOST_BESIDE_FIELDS = 255
"""The most characters of a property's values where one of them has a field."""
MOST_NAME = 128
"""The most characters of an image's name."""
MADE_BY_GLANCE = (
    *("base_image_ref", "instance_uuid", "kernel_id", "ramdisk_id"),
    *(f"owner_specified.openstack.{name}" for name in ("md5", "sha256", "object")),
    *("block_device_mapping", "direct_url"),
)
"""Properties in a plain Glance whose values name other things: a spec cannot give them."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_LONGEST = {"uuid": "0" * 36, "hex": "0" * 8}
_LONGEST_FIELD = "0" * 16  # longer than "build-agent", "oracle-linux" and any number
_MOST_APP = 16
_APP = re.compile(r"[\w.-]+")
_MOST_KEY, _MOST_VALUE = 36, 43
_MOST_PROPERTY = 255  # the width of Glance's column

# Fields in the response table of the API document and in newer Glance, and others that only the
# service sets.
FIELDS_OF_API = frozenset(
    """
    id name status visibility owner protected tags size virtual_size checksum disk_format
    container_format min_disk min_ram max_ram created_at updated_at active_at schema self file
    virtual_env_type hw_firmware_type hw_vif_multiqueue_enabled enterprise_project_id
    _sys_enterprise_project_id
    members locations direct_url os_hidden os_hash_algo os_hash_value
    owner_specified is_public location deleted deleted_at stores
    __account_code __backup_id __data_origin __description __image_location __image_size
    __image_source_type __imagetype __is_config_init __is_offshelved __isregistered __lazyloading
    __originalimagename __os_bit __os_feature_list __os_type __os_version __platform __productcode
    __root_origin __sequence_num __support_agent_list __support_amd __support_arm
    __support_diskintensive __support_fc_inject __support_highperformance __support_kvm
    __support_kvm_fpga_type __support_kvm_gpu_type __support_kvm_infiniband __support_largememory
    __support_xen __support_xen_gpu_type __support_xen_hana __system__cmkid __whole_image
    __support_live_resize __support_kvm_hi1822_hiovs __support_kvm_hi1822_hisriov
    __support_kvm_hi1822_hivirtionet __support_s4l __support_h2l __support_d1t __quick_start
    __system_support_market os_shutdown_timeout
    """.split()
)


def pattern(value: Value) -> str:
    """Read a pattern of names: text with fields such as {app}: see FIELDS."""
    text = value.short_text(MOST_NAME)
    fields = ", ".join(f"{{{name}}}" for name in FIELDS)
    for name in _FIELD.findall(text):
        if name not in FIELDS:
            raise value.error(f"no such field {{{name[:40]}}}; choose one of {fields}")
    if "{" in (rest := _FIELD.sub("", text)) or "}" in rest:
        raise value.error(f"{{ and }} can only enclose a field; choose one of {fields}")
    longest = len(_FIELD.sub(lambda found: _LONGEST.get(found[1], _LONGEST_FIELD), text))
    if longest > MOST_NAME:
        raise value.error(
            f"can have {longest} characters, up to {len(_LONGEST_FIELD)} for most fields; "
            f"at most {MOST_NAME} are allowed"
        )
    return text


def names_a_field(text: str | None) -> bool:
    """Return whether a text has a field: `{uuid}` or `{"id": "{UUID}"}`, not `{"uuid": 1}`."""
    return text is not None and any(name.casefold() in FIELDS for name in _FIELD.findall(text))


def property_value(value: Value) -> str | None:
    """Read a value of a property: null, or text with fields of UNIQUE_FIELDS.

    Other text between { and } is taken as it is, since values can be JSON.
    """
    text = value.text_or_null()
    if names_a_field(text):
        for name in _FIELD.findall(str(text)):
            if name.casefold() in FIELDS and name not in UNIQUE_FIELDS:
                known = ", ".join(f"{{{one}}}" for one in UNIQUE_FIELDS)
                raise value.error(f"a property has no field {{{name}}}; choose one of {known}")
    return text


def _without_field(value: Value, text: str, noun: str) -> str:
    """Return a text that is the same for many images; raises ImageSetError if it has a field."""
    if names_a_field(text):
        raise value.error(
            f"{noun} is the same for many images and has no fields; "
            "only names and the values of properties have them"
        )
    return text


def app(value: Value) -> str:
    """Read a word that images are named after; it is part of the name of a file, too."""
    text = value.short_text(_MOST_APP)
    if not _APP.fullmatch(text):
        raise value.error("an app has letters, digits, ., _ and - only")
    return text


def tag_key(value: Value) -> str:
    """Read the key of a tag."""
    text = value.short_text(_MOST_KEY)
    if "=" in text:
        raise value.error("a key must not contain =, which ends the key in key=value")
    return _without_field(value, text, "a tag")


def tag_value(value: Value) -> str:
    """Read the value of a tag; "" is a tag without one."""
    return spelling_of_value(value) if value.text() else ""


def spelling_of_value(value: Value) -> str:
    """Read a spelling of a tag's value, which is not ""."""
    return _without_field(value, value.short_text(_MOST_VALUE), "a tag")


def property_name(value: Value) -> str:
    """Read the name of a custom property."""
    text = value.short_text(_MOST_PROPERTY)
    if text in FIELDS_OF_API:
        raise value.error("is a field of the API; choose another name")
    return _without_field(value, text, "the name of a property")
