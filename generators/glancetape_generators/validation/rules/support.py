"""Rules on what an image supports: virtualisation, GPUs, special servers, agents."""

from typing import Any

from glancetape_generators.validation.rules.facts import (
    CHOICE,
    DISK_INTENSIVE_VERSIONS,
    DOCUMENT,
    GPUS_OF_KVM,
    GPUS_OF_XEN,
    HIGH_PERFORMANCE_VERSIONS,
    LARGE_MEMORY_VERSIONS,
    MEANING,
    TYPES_OF_ECS,
)
from glancetape_generators.validation.rules.rule import DIFFERS, UNSEEN, Image, RuleTable, shown
from glancetape_generators.validation.rules.system import read_version

rule = RuleTable[Any]()

_KVM, _XEN = "__support_kvm", "__support_xen"
_ALONE = ("__support_xen_gpu_type", "__support_kvm_gpu_type", "__support_xen_hana")
_ONLY_TRUE = frozenset(
    "__support_kvm __support_xen __support_largememory __support_diskintensive "
    "__support_highperformance __support_xen_hana __support_kvm_infiniband".split()
)
_BOOLEANS = frozenset(
    "__support_arm __support_amd hw_vif_multiqueue_enabled __is_config_init "
    "__support_fc_inject".split()
)
_VIRTUALISATION = _ONLY_TRUE | frozenset(_ALONE)
_HOSTS = frozenset((_KVM, _XEN, *_ALONE, "__support_kvm_infiniband", "__support_arm"))


@rule(DOCUMENT, DIFFERS)
def support_true(image: Image) -> str | None:
    """A field about virtualisation is `true` or absent."""
    for name in _ONLY_TRUE & image.keys():
        if image[name] != "true":
            return f"{name} is {shown(image[name])}"
    return None


@rule(DOCUMENT, DIFFERS)
def support_boolean(image: Image) -> str | None:
    """The fields on architecture, multi-queue, configuration and injection are true or false."""
    for name in _BOOLEANS & image.keys():
        if image[name] not in ("true", "false"):
            return f"{name} is {shown(image[name])}"
    return None


@rule(DOCUMENT, DIFFERS)
def gpu_without_plain_hosts(image: Image) -> str | None:
    """An image for GPU or HANA servers supports neither plain KVM nor plain Xen."""
    for name in _ALONE:
        if name in image and (_KVM in image or _XEN in image):
            return f"{name} beside {_KVM if _KVM in image else _XEN}"
    return None


@rule(MEANING)
def one_special_host(image: Image) -> str | None:
    """An image is for at most one of: GPU servers on Xen, GPU servers on KVM, HANA servers."""
    found = [name for name in _ALONE if name in image]
    return None if len(found) < 2 else " beside ".join(found)


@rule(DOCUMENT, DIFFERS)
def infiniband_without_xen(image: Image) -> str | None:
    """An image with InfiniBand drivers does not support Xen."""
    if "__support_kvm_infiniband" in image and _XEN in image:
        return f"__support_kvm_infiniband beside {_XEN}"
    return None


@rule(DOCUMENT, DIFFERS)
def xen_gpu_value(image: Image) -> str | None:
    """The GPU type for Xen is M60_vGPU."""
    found = image.get("__support_xen_gpu_type")
    if found is None or found in GPUS_OF_XEN:
        return None
    return f"__support_xen_gpu_type is {shown(found)}"


@rule(DOCUMENT, DIFFERS)
def kvm_gpu_value(image: Image) -> str | None:
    """The GPU type for KVM is one in the document's table."""
    found = image.get("__support_kvm_gpu_type")
    if found is None or found in GPUS_OF_KVM:
        return None
    return f"__support_kvm_gpu_type is {shown(found)}"


@rule(TYPES_OF_ECS, DIFFERS)
def xen_gpu_windows(image: Image) -> str | None:
    """GPU servers on Xen run Windows."""
    if "__support_xen_gpu_type" not in image or image.get("__platform", "Windows") == "Windows":
        return None
    return f"__support_xen_gpu_type, platform {shown(image['__platform'])}"


@rule(CHOICE, UNSEEN)
def hana_system(image: Image) -> str | None:
    """HANA servers run SUSE or Red Hat."""
    found = image.get("__platform", "SUSE")
    if "__support_xen_hana" not in image or found in ("SUSE", "Red Hat", "RedHat"):
        return None
    return f"__support_xen_hana, platform {shown(found)}"


def _only_versions(name: str, versions: frozenset[str], servers: str) -> None:
    """Add the rule that a kind of servers runs only these versions."""

    def check(image: Image) -> str | None:
        if name not in image:
            return None
        version = image.get("__os_version")
        if version is None or read_version(version)[0] in versions:
            return None
        return f"{name}, __os_version {shown(version)}"

    check.__name__ = f"{name.removeprefix('__support_')}_version"
    check.__doc__ = f"{servers} servers run only the versions that the document lists."
    rule(TYPES_OF_ECS)(check)


_only_versions("__support_largememory", LARGE_MEMORY_VERSIONS, "Large-memory")
_only_versions("__support_diskintensive", DISK_INTENSIVE_VERSIONS, "Disk-intensive")
_only_versions("__support_highperformance", HIGH_PERFORMANCE_VERSIONS, "High-performance")


@rule(DOCUMENT, DIFFERS)
def support_of_ecs(image: Image) -> str | None:
    """A BMS or data disk image has no field about virtualisation."""
    if image.get("virtual_env_type") not in ("Ironic", "DataImage"):
        return None
    found = sorted(_VIRTUALISATION & image.keys())
    return f"{image['virtual_env_type']} image with {', '.join(found)}" if found else None


@rule(DOCUMENT, DIFFERS)
def some_host(image: Image) -> str | None:
    """An ECS image supports some kind of host, unless it is gold or its platform is Other."""
    if (
        _KVM in image
        or image.get("virtual_env_type") != "FusionCompute"
        or image.get("__imagetype") == "gold"
        or image.get("__platform", "Other") == "Other"
        or not _HOSTS.isdisjoint(image)
    ):
        return None
    return f"ECS image, platform {shown(image['__platform'])}, without __support_kvm or the like"


@rule(DOCUMENT, DIFFERS)
def agents(image: Image) -> str | None:
    """__support_agent_list is `hss`, `ces` or `hss,ces`; without agents it is absent."""
    found = image.get("__support_agent_list")
    if found is None or found in ("hss,ces", "hss", "ces"):
        return None
    return f"__support_agent_list is {shown(found)}"


@rule(DOCUMENT, DIFFERS)
def injection_of_ecs(image: Image) -> str | None:
    """Only system disk images for an ECS have __support_fc_inject."""
    found = image.get("virtual_env_type", "FusionCompute")
    if "__support_fc_inject" not in image or found == "FusionCompute":
        return None
    return f"__support_fc_inject, virtual_env_type {shown(found)}"
