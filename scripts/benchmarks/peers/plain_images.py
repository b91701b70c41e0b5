"""What the plain loops have in common: the facts that do not come out of a library."""

import time
from collections.abc import Callable

SYSTEMS = (
    ("CentOS", "Linux", "CentOS 7.9 64bit", "64"),
    ("Ubuntu", "Linux", "Ubuntu 22.04 server 64bit", "64"),
    ("Debian", "Linux", "Debian GNU/Linux 11.1.0 64bit", "64"),
    ("Windows", "Windows", "Windows Server 2019 Standard 64bit", "64"),
)
KINDS = ("private", "private", "private", "shared", "market")
VISIBILITIES = {"private": "private", "shared": "shared", "market": "public"}
TIME = "%Y-%m-%dT%H:%M:%SZ"
CHOICES = {
    "status": ("active", "queued", "saving"),
    "size": (2, 18),
    "disk_format": ("zvhd2", "qcow2", "vhd", "raw"),
    "min_disk": (10, 20, 40, 50, 80, 100, 200, 500, 1024),
    "min_ram": (0, 512, 1024, 2048),
    "max_ram": ("0", "65536", "131072"),
    "virtual_env_type": ("FusionCompute", "Ironic", "DataImage", "IsoImage"),
    "hw_firmware_type": ("bios", "uefi"),
    "hw_vif_multiqueue_enabled": ("true", "false"),
    "__sequence_num": ("0", "1001"),
    "__lazyloading": ("True", "False", "true", "false"),
    "__support_agent_list": ("hss", "ces", "hss,ces"),
    "__is_config_init": ("true", "false"),
    "__os_feature_list": ('{"onekey_resetpasswd": "true"}', '{"nic_hotplug":"true"}'),
}
"""Fields that are one of some values."""
CONSTANT = {
    "container_format": "bare",
    "virtual_size": None,
    "schema": "/v2/schemas/image",
    "__isregistered": "true",
    "__image_source_type": "uds",
    "__support_kvm": "true",
}
_SECONDS = 2.0


def rate(make: Callable[[], object]) -> float:
    """Make images for a while; gives how many a second of the processor."""
    for _ in range(200):
        make()
    made, start = 0, time.process_time()
    while (passed := time.process_time() - start) < _SECONDS:
        for _ in range(100):
            make()
        made += 100
    return made / passed
