"""Which paths belong to the image service, which to Keystone, and what cannot touch images."""

import json
import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit


class Service(Enum):
    """The service that a path belongs to."""

    IMAGE = "image"
    KEYSTONE = "keystone"
    OTHER = "other"


# A deployment may put a service below a prefix: https://cloud.example/image/v2/images.
_KEYSTONE = re.compile(
    r"(?:/(?:identity|keystone)(?:/.*)?|/v3(?:/.*)?|/v2\.0/(?:tokens|tenants|users)(?:/.*)?)\Z"
)
_IMAGE = re.compile(r"(?:/image)?/(?:versions/?|v2(?:\.\d+)?(?:/.*)?)?\Z")
_LIST = re.compile(r"(?:/image)?/v2(?:\.\d+)?/images\Z")
_AT_LIST = re.compile(r"(?P<list>(?P<prefix>(?:/image)?)/v2(?:\.\d+)?/images)(?:/(?P<below>.*))?\Z")
_REPEATABLE_POST = re.compile(r"(?:/(?:identity|keystone))?/(?:v3/auth|v2\.0)/tokens/?\Z")


def service_of(uri: str) -> Service:
    """The service that a URI belongs to. Raises ValueError for text that is not a URI."""
    return service_of_path(urlsplit(uri).path)


def service_of_path(path: str) -> Service:
    """The service that a path belongs to; `/` and `/versions` are the image service's."""
    path = path.partition("?")[0] or "/"
    if _KEYSTONE.match(path):
        return Service.KEYSTONE
    return Service.IMAGE if _IMAGE.match(path) else Service.OTHER


def is_image_list(path: str) -> bool:
    """Whether a path lists images: `/v2/images`, `/image/v2/images` or `/v2.7/images`."""
    return _LIST.match(path) is not None


@dataclass(frozen=True, slots=True)
class ImagePath:
    """A path of the image service that names the list, an image, or something of an image."""

    of_list: str
    """The path of the list: `/v2.9/images` for `/v2.9/images/ID/file`."""
    whichever_version: str
    """The same for all versions of the API at one host: `/v2/images`."""
    image_id: str
    """As it is in the path; "" for the list."""
    below: str
    """What follows the id: `file`, `members/ID`."""


def read_image_path(path: str) -> ImagePath | None:
    """Return the parts of a path such as `/v2/images/ID/file`; None for any other path."""
    found = _AT_LIST.match(path)
    if found is None:
        return None
    image_id, _, below = (found["below"] or "").partition("/")
    return ImagePath(found["list"], f"{found['prefix']}/v2/images", image_id, below)


def is_repeatable(method: str, path: str) -> bool:
    """Whether a request may be answered any number of times.

    So may reads, and a request to Keystone for a token, which every run of a client sends again.
    """
    return method in ("GET", "HEAD", "OPTIONS") or (
        method == "POST" and _REPEATABLE_POST.match(path) is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmless:
    """Requests that no image can be changed by, whichever service answers them."""

    what: str
    """As `docs/derived-answers.md` calls them."""
    methods: frozenset[str]
    path: re.Pattern[str]
    source: str
    actions: frozenset[str] = frozenset()
    """The only member that the body has is one of these; empty for any body."""


_ANY_PATH = re.compile(r".*\Z", re.DOTALL)
_OF_KEYSTONE = r"(?:/identity|/keystone)?"
_OF_NOVA = r"(?:/compute)?/v2(?:\.1)?(?:/[^/]+)?/servers"
HARMLESS = (
    Harmless(
        what="reads",
        methods=frozenset(("GET", "HEAD", "OPTIONS")),
        path=_ANY_PATH,
        source="RFC 9110, section 9.2.1: these methods are safe",
    ),
    Harmless(
        what="login and logout",
        methods=frozenset(("POST", "DELETE")),
        path=re.compile(
            rf"{_OF_KEYSTONE}/(?:v3/auth/(?:tokens|OS-FEDERATION/.+)|v2\.0/tokens(?:/[^/]+)?)/?\Z"
        ),
        source="Identity API, Authentication and token management",
    ),
    Harmless(
        what="new objects of Keystone",
        methods=frozenset(("POST",)),
        path=re.compile(
            rf"{_OF_KEYSTONE}/v3/(?:users|groups|projects|domains|roles|credentials|regions|"
            r"services|endpoints)/?\Z"
        ),
        source="Identity API: only PUT grants a role, and a new user or project has none",
    ),
    Harmless(
        what="networks (Neutron)",
        methods=frozenset(("POST", "PUT", "DELETE")),
        path=re.compile(
            r"(?:/network(?:ing)?)?/v2\.0/(?:networks|subnets|subnetpools|ports|routers|"
            r"floatingips|security-groups|security-group-rules|address-scopes|address-groups|"
            r"rbac-policies|trunks|qos|agents|network-segment-ranges|segments)(?:/.*)?\Z"
        ),
        source="Networking API v2.0: none of its resources refers to an image",
    ),
    Harmless(
        what="new servers (Nova)",
        methods=frozenset(("POST",)),
        path=re.compile(rf"{_OF_NOVA}/?\Z"),
        source="Compute API, Create server: it reads the image",
    ),
    Harmless(
        what="starting and stopping servers (Nova)",
        methods=frozenset(("POST",)),
        path=re.compile(rf"{_OF_NOVA}/[^/]+/action\Z"),
        actions=frozenset(
            "os-start os-stop reboot pause unpause suspend resume lock unlock".split()
        ),
        source="Compute API, Servers - run an action; createImage, createBackup, shelve and "
        "unshelve do touch images",
    ),
)
"""What begins no new state. Every other request may have: a volume of Cinder is uploaded to an
image, EVS and ECS make an image of a disk or a server."""


def may_touch_images(method: str, path: str, body: bytes = b"") -> bool:
    """Whether a request may change what image lists show, at whichever service it is sent to."""
    return not any(
        method in one.methods
        and one.path.match(path)
        and (not one.actions or _only_member_of(body) in one.actions)
        for one in HARMLESS
    )


def _only_member_of(body: bytes) -> str | None:
    try:
        value = json.loads(body, object_pairs_hook=list)  # a list of pairs shows repeated names
    except (ValueError, RecursionError):
        return None
    return value[0][0] if _is_one_pair(value) else None


def _is_one_pair(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 1
        and isinstance(value[0], tuple)
        and isinstance(value[0][0], str)
    )
