"""What the documents of IMS and Glance define: names of fields, and the forms of their values.

    hw_disk_bus: virtio     words of the documents: they say nothing about who wrote them
    hw_disk_bus: acme       the name is one of them, the value is not
    hw_acme_rack: 7         the name is not

Both clouds take any text in a property, so a name of the documents alone does not make a value one.
"""

import re

from glancetape_cassettes.imageset.image_fields import FIELDS, LINKS_TO_IMAGES
from glancetape_cassettes.redaction.policy import Treatment, field_treatment
from glancetape_cassettes.short_texts import remembered

ORIGIN, LOCATION = "__data_origin", "__image_location"
THINGS = frozenset("__backup_id __system__cmkid instance_uuid".split())
"""Properties with the id of a server, a backup or a key."""
_WITH_VALUES = frozenset(
    """
    max_ram active_at virtual_env_type hw_firmware_type hw_vif_multiqueue_enabled
    __image_size __image_source_type __imagetype __is_config_init __is_offshelved __isregistered
    __lazyloading __os_bit __os_feature_list __os_type __os_version __platform __root_origin
    __sequence_num __support_agent_list __whole_image __system_support_market __quick_start
    __system_support_export __productcode
    architecture hypervisor_type vm_mode os_type os_distro os_version os_require_quiesce
    os_secure_boot os_shutdown_timeout image_type image_state image_location container_format
    bdm_v2 root_device_name auto_disk_config
    """.split()
)
"""Properties whose values a document lists, or the service sets."""
_BEGIN = ("__support_", "hw_", "img_config_", "trait:")
"""What the names of many more of them begin with; all other words of such a name are known."""
_OF_PEOPLE = frozenset(
    "__description description direct_url __account_code __image_displayname".split()
)
"""Other properties that a document defines; their values are people's."""
_OPEN = frozenset(["id", "name"])
"""Fields of the API whose text people choose, and ids."""
_NUMBER = re.compile(r"\d{1,20}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?Z?", re.ASCII)
_SUM = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}")
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FORMS = {
    **dict.fromkeys(("__image_size", "max_ram"), _NUMBER),
    **dict.fromkeys(("created_at", "updated_at", "active_at"), _TIME),
    **dict.fromkeys(("checksum", "os_hash_value"), _SUM),
    "__productcode": _ID,
}
"""Field -> the form of its values; those of the others are words."""

_WORDS = frozenset(
    """
    advanced almalinux alma alpine anolis arch archlinux asianux bclinux business centos cirros
    cloud core coreos datacenter debian desktop edition el enterprise essentials euleros
    evaluation fc fedora flatcar freebsd gb gentoo gnu hat home huawei hyper isoft kylin leap
    linux lts mandriva microsoft mint neokylin netbsd novell ol openbsd openeuler opensuse oracle
    other pro professional rancheros rc red redhat release rhel rocky rolling sap scientific
    server sle sled sles solaris sp standard stream suse tumbleweed ubuntu ultimate unix uos
    updates web windows bionic bookworm bullseye buster focal hirsute impish jammy jessie kinetic
    lunar mantic noble sid stretch trixie trusty xenial english chinese german

    active any auto available back backup bare community default deactivated deleted disabled
    enabled false file forbidden front gold importing killed market no none null off on optional
    other pending prefer preferred private public queued required require saving shared snapshot
    true uploading user yes

    aki ami ari compressed docker iso ova ovf ploop qcow qed raw vdi vhd vhdx vmdk zvhd md sha uds
    fusioncompute ironic dataimage isoimage

    action affinity agent architecture bios bit bits boot bus cdrom channel config context cores
    count cpu cpus dedicated device devices disk drive emulation emulator encryption ephemeral
    firmware floppy format guest hpet id input io ipxe isolate isolated keyboard layer legacy
    locked machine mask max maxphysaddr mem memory menu mixed mode model multi multifunction
    multiqueue nodes nova numa packed page passthrough pci pmu pointer policy poweroff port qemu
    queues queue ram realtime rescue reset ring rng scsi secure serial share size small large
    sockets sound stateless threads thread time tpm type uefi usb version vif video viommu virtio
    virtual vm watchdog pause debug

    ac bochs cirrus crb ehci fdc fv fx hda hdb hvm hyperv ich ide intel iommu kvm lsilogic luks
    lxc mouse mptsas msix ne nec ns nvme parallels parallelsfs paravirtual pc pcnet piix plain
    pvscsi qxl qx rtl sas sata sb sdb sda smmuv spapr sparc spice tablet tis tulip uml usbtablet
    usbmouse vda vdb vga virt vlan vmvga vmware vmxnet vnc vscsi xen xenapi xvda xhci aarch alpha
    amd arm armv em hw ia mips power ppc ppcle dev

    ascend ces diskintensive fc fpga fpgas gpu grid hana hi highperformance hiovs hisriov
    hivirtionet hss hostname hotplug infiniband inject key largememory list live nic nvidia onekey
    resetpasswd resize spdk ssh support tesla vgpu vu vnpu aesni avx compute data gfni img hdd
    hyperthreading sev sgx sriov ssd sse storage svm vmx
    """.split()
)
"""The words of systems, of states, of formats, of hardware, and of features; numbers go with them.

They come from the API document, from the properties and values that Nova and Glance document
(`useful-image-properties`, os-traits), and from the names that systems give themselves.
"""
_WORD = re.compile(r"[a-z]{2,}|(?<![a-z0-9])[a-z](?![a-z0-9])")  # the letter of `v2` is none
_LETTER = re.compile(r"(?<![a-z])[a-z](?![a-z])")
_MOST_DIGITS, _MOST_LETTERS = 9, 2
"""In all: of a version or a model, such as `s4l`, and of no telephone number, code or plate."""
_ADDRESS = re.compile(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)", re.ASCII)
_LONGEST = 400


def is_defined(name: str) -> bool:
    """Whether a document of IMS or Glance defines a field, so that its name says nothing."""
    return (
        name in FIELDS
        or name in _WITH_VALUES
        or name in LINKS_TO_IMAGES
        or name in THINGS
        or name in (ORIGIN, LOCATION)
        or name in _OF_PEOPLE
        or (name.startswith(_BEGIN) and _has_known_words(name.removeprefix("trait:")))
        or field_treatment(name) in (Treatment.ID, Treatment.NAME)
    )


def is_id(text: str) -> bool:
    """Whether a text has the form of an id that a cloud makes: a UUID, or 32 digits."""
    return _ID.fullmatch(text) is not None


def has_defined_form(name: str, value: str) -> bool:
    """Whether a value is one of those that a document gives a field: a word of it, or a number."""
    if name in _OPEN or not (name in FIELDS or name in _WITH_VALUES or name.startswith(_BEGIN)):
        return False
    if (form := _FORMS.get(name)) is not None:
        return form.fullmatch(value) is not None
    return _has_known_words(value)


@remembered(1 << 12, _LONGEST)
def _has_known_words(text: str) -> bool:
    """Whether the letters of a text are words of the documents, with a few digits."""
    if len(text) > _LONGEST or not text.isascii() or not text.isprintable():
        return False
    folded = text.casefold()
    if sum(map(str.isdigit, text)) > _MOST_DIGITS or len(_LETTER.findall(folded)) > _MOST_LETTERS:
        return False
    return not _ADDRESS.search(text) and all(word in _WORDS for word in _WORD.findall(folded))
