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
FORMATS = ("zvhd2", "qcow2", "vhd", "raw")
TIME = "%Y-%m-%dT%H:%M:%SZ"
CONSTANT = {
    "status": "active",
    "container_format": "bare",
    "__isregistered": "true",
    "__image_source_type": "uds",
    "virtual_size": None,
    "virtual_env_type": "FusionCompute",
    "__support_kvm": "true",
    "__sequence_num": "0",
    "max_ram": "0",
    "__os_feature_list": '{"onekey_resetpasswd": "true"}',
    "schema": "/v2/schemas/image",
}
_SECONDS = 2.0


def rate(make: Callable[[], object]) -> float:
    """Make images for a while; gives how many a second."""
    for _ in range(200):
        make()
    made, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < _SECONDS:
        for _ in range(100):
            make()
        made += 100
    return made / passed
