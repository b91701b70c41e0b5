"""What documents and observations say about these clouds, as data, with the names of sources."""

# The sources, as the rules name them.
DOCUMENT = "API document, response table of GET /v2/images"
SAMPLES = "API document, sample answers"
ATTRIBUTES = "API document, attributes and tags of images"
CREATION = "API document, parameters of creating images"
GLANCE = "Glance, schema of an image"
GLANCE_UPLOAD = "Glance, what an upload sets"
GLANCE_RECORDS = "records of OpenStack clouds in public repositories"
OBSERVED = "observed in cn-south-1 in 2022"
PROVIDER = "documentation of the Terraform provider, image data sources"
DISK_SAMPLE = "EVS API document, sample of a volume made from a data disk image"
SHARING = "OTC documentation, sharing images"
UEFI = "OTC documentation, systems that boot with UEFI"
TYPES_OF_ECS = "OTC documentation, systems that ECS types support"
LIFE = "calendars of the makers of systems"
CHOICE = "a choice of this project; no document covers it"
MEANING = "follows from the meaning of the fields"

# Platform -> the words that its versions begin with, in lower case.
PLATFORMS = {
    "Windows": "windows",
    "Ubuntu": "ubuntu",
    "Red Hat": "red hat",
    "RedHat": "red hat",  # as older clouds write it
    "SUSE": "suse",
    "CentOS": "centos",
    "Debian": "debian",
    "OpenSUSE": "opensuse",
    "Oracle Linux": "oracle linux",
    "Fedora": "fedora",
    "Other": "other",
    "CoreOS": "coreos",
    "EulerOS": "euleros",
    "openEuler": "openeuler",
    "Huawei Cloud EulerOS": "huawei cloud euleros",
    "CentOS Stream": "centos stream",
    "Rocky Linux": "rocky linux",
    "AlmaLinux": "almalinux",
}

# Apps that run on one type of system only, as words in the names of images.
APPS_OF_WINDOWS = frozenset("rdp iis mssql sqlserver exchange sharepoint adfs".split())
APPS_OF_LINUX = frozenset(
    "hadoop kafka k8s kubernetes zookeeper hbase keepalived haproxy openvpn nfs lamp lnmp".split()
)
# Words in the names of files -> the platforms that they may hold.
WORDS_OF_SYSTEMS = {
    "windows": ("Windows",),
    "win": ("Windows",),
    "ubuntu": ("Ubuntu",),
    "centos": ("CentOS", "CentOS Stream"),
    "debian": ("Debian",),
    "fedora": ("Fedora",),
    "rhel": ("Red Hat", "RedHat"),
    "redhat": ("Red Hat", "RedHat"),
    "sles": ("SUSE",),
    "suse": ("SUSE", "OpenSUSE"),
    "opensuse": ("OpenSUSE",),
    "coreos": ("CoreOS",),
    "euleros": ("EulerOS", "Huawei Cloud EulerOS"),
    "openeuler": ("openEuler",),
}

# Beginning of a version in plain spelling -> the last day of its general support, by the maker's
# calendar (as endoflife.date lists them). A cloud makes no new public images of it after that.
END_OF_LIFE = {
    "centos 6": "2020-11-30",
    "centos 7": "2024-06-30",
    "centos 8": "2021-12-31",
    "ubuntu 14.04": "2019-04-25",
    "ubuntu 16.04": "2021-04-30",
    "ubuntu 18.04": "2023-05-31",
    "ubuntu 20.04": "2025-05-31",
    "debian gnu/linux 8": "2020-06-30",
    "debian gnu/linux 9": "2022-06-30",
    "debian gnu/linux 10": "2024-06-30",
    "opensuse 42": "2019-07-01",
    "opensuse 15.0": "2019-12-03",
    "coreos": "2020-05-26",
    "fedora 30": "2020-05-26",
    "fedora 34": "2022-06-07",
    "fedora 38": "2024-05-21",
    "suse linux enterprise server 11": "2019-03-31",
    "windows server 2008": "2020-01-14",
    "windows server 2012": "2023-10-10",
}

GPUS_OF_XEN = frozenset({"M60_vGPU"})
GPUS_OF_KVM = frozenset("P4 M60 V100_vGPU P2V_V100 P100 V100 RTX5000 T4".split())

EMPTY = (0, "d41d8cd98f00b204e9800998ecf8427e")
"""Size and checksum as lists show them: placeholders, here the MD5 of nothing."""
BRACES = (2, "99914b932bd37a50b983c5e7c90ae93b")
"""The MD5 of `{}`."""
EIGHTEEN = (18, "bcd7dd7dab80ca42e125a389f986404e")
"""Observed twice, only in private images; which 18 bytes they are is not known."""
UNKNOWN = (None, None)

MOST_DISK = 1024
MOST_MEMBERS = 256
MOST_MEMBERS_OF_WHOLE = 10  # of an image of a whole server


def _versions(*texts: str) -> frozenset[str]:
    """Return the 64-bit versions in texts like `words: version, version`, in plain spelling."""
    return frozenset(
        plain(f"{words} {number.strip()} 64bit")
        for words, _, numbers in (text.partition(":") for text in texts)
        for number in numbers.split(",")
    )


# Spellings of one system in documents, in lower case -> the spelling that is compared.
_SPELLINGS = (
    ("redhat", "red hat"),
    ("red hat enterprise linux", "red hat linux enterprise"),
    ("suse enterprise linux server", "suse linux enterprise server"),
    ("suse sles", "suse linux enterprise server"),
    ("2012 r2 essentials", "2012 essentials r2"),
    ("2008 web r2", "2008 r2 web"),
)


def plain(version: str) -> str:
    """Return the spelling by which versions are compared, whichever one a document has.

    "Redhat 7.2 64bit" becomes "red hat linux enterprise 7.2 64bit".
    """
    text = version.lower()
    for spelling, other in _SPELLINGS:
        text = text.replace(spelling, other)
    if text.startswith("red hat ") and text[8:9].isdigit():
        text = f"red hat linux enterprise {text[8:]}"
    return text


UEFI_VERSIONS = _versions(
    "Windows Server: 2022 Standard, 2022 Datacenter, 2019 Standard, 2019 Datacenter,"
    " 2016 Standard, 2016 Datacenter, 2012 R2 Standard, 2012 R2 Datacenter, 2012 Essentials R2,"
    " 2012 Standard, 2012 Datacenter",
    "Windows: 10",
    "Ubuntu: 22.04 Server, 20.04 Server, 19.04 Server, 18.04 Server, 16.04 Server, 14.04 Server",
    "Red Hat Linux Enterprise: 9.1, 9.0, 8.7, 8.6, 8.5, 8.4, 8.3, 8.2, 8.1, 7.4, 7.3, 7.1, 7.0,"
    " 6.9, 6.5",
    "Oracle Linux Server release: 7.4, 6.9",
    "openSUSE: 15.5, 15.4, 15.3, 15.2, 42.1",
    "SUSE Linux Enterprise Server: 15 SP5, 15 SP4, 15 SP3, 15 SP2, 12 SP5, 12 SP1, 11 SP3",
    "Fedora: 39, 38, 37, 36, 35, 34, 33, 32, 31, 29, 24",
    "Debian GNU/Linux: 12.0.0, 11.7.0, 11.6.0, 11.5.0, 11.4.0, 11.3.0, 11.2.0, 11.1.0, 11.0.0,"
    " 10.13.0, 10.12.0, 10.11.0, 10.10.0, 10.9.0, 10.8.0, 10.7.0, 10.6.0, 10.5.0, 10.4.0, 10.3.0,"
    " 10.2.0, 10.1.0, 8.8.0",
    "CentOS: 8.5, 8.4, 8.3, 8.2, 8.1, 7.6, 7.5, 7.4, 7.0, 6.9, 6.6",
    "EulerOS: 2.12, 2.11, 2.10, 2.8, 2.7, 2.5, 2.3, 2.2",
    "openEuler: 22.03 SP1, 22.03, 20.03 SP3, 20.03 SP2, 20.03 SP1, 20.03",
)  # the document also lists Red Hat 6.6 with 32 bits, which contradicts every other page

_DISK_AND_HIGH = (
    "CentOS: 6.8, 7.2, 7.3",
    "SUSE Enterprise Linux Server: 11 SP3, 11 SP4, 12 SP1, 12 SP2",
    "Red Hat Linux Enterprise: 6.8, 7.3",
)
LARGE_MEMORY_VERSIONS = _versions("CentOS: 6.6, 6.7, 7.1", *_DISK_AND_HIGH)
DISK_INTENSIVE_VERSIONS = _versions(*_DISK_AND_HIGH)
HIGH_PERFORMANCE_VERSIONS = _versions(
    *_DISK_AND_HIGH, "CentOS: 6.5", "Red Hat: 7.2"
)  # both generations
