"""Which paths belong to the image service, which to Keystone, and what cannot touch images.

Paths alone decide here. What the traffic itself shows (a catalog, a version document, a list of
images) comes before them: see `known_services`.
"""

import json
import re
from enum import Enum
from typing import NamedTuple
from urllib.parse import urlsplit

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.short_texts import remembered


class Service(Enum):
    """The service that a request belongs to."""

    IMAGE = "image"
    KEYSTONE = "keystone"
    OTHER = "other"


class PathRule(NamedTuple):
    """Paths that belong to one service, below any prefix: `/v2/images`, `/glance/v2/images`."""

    what: str
    """As `docs/recording.md` calls them."""
    service: Service
    path: re.Pattern[str]
    source: str
    needs_proof: bool = False
    """Whether other services have such paths too, so that a response has to show whose it is."""


_PREFIX = r"(?:/(?!v\d+(?:\.\d+)?(?:/|\Z))[^/]*)*"
"""What is before the version of the API. A path has one: `/v1/AUTH_x/v2/images` is Swift's."""
_VERSION = r"/v2(?:\.\d+)?"


def _below(pattern: str) -> re.Pattern[str]:
    """A pattern for whole paths, below any prefix."""
    return lazy_compile(rf"{_PREFIX}(?:{pattern})\Z", re.DOTALL)


PATHS = (
    PathRule(
        what="Nova's copy of the images: `/v2.1/images`, `/v2/PROJECT/images`",
        service=Service.OTHER,
        path=_below(r"/v2\.1/images(?:/.*)?|/v2(?:\.1)?/(?!images/|schemas/)[^/]+/images(?:/.*)?"),
        source="Compute API, Images (deprecated): other fields, other defaults",
    ),
    PathRule(
        what="Keystone: `/v3/auth`, `/v3/projects`, `/v3/users`, ...",
        service=Service.KEYSTONE,
        path=_below(
            r"/v3/(?:auth|credentials|domains|ec2tokens|endpoints|groups|limits|policies|projects|"
            r"regions|registered_limits|role_assignments|role_inferences|roles|s3tokens|services|"
            r"system|users|OS-[A-Z0-9-]+)(?:/.*)?"
        ),
        source="Identity API v3 and its extensions: all its paths",
    ),
    PathRule(
        what="Keystone v2.0: `/v2.0/tokens`, `/v2.0/tenants`, `/v2.0/users`",
        service=Service.KEYSTONE,
        path=_below(r"/v2\.0/(?:tokens|tenants|users)(?:/.*)?"),
        source="Identity API v2.0; the rest of `/v2.0` is Neutron's",
    ),
    PathRule(
        what="Keystone below `/identity` or `/keystone`: its versions",
        service=Service.KEYSTONE,
        path=_below(r"/(?:openstack-)?(?:identity|keystone)/?(?:/v2\.0/?|/v3/?)?"),
        source="DevStack, Sunbeam: paths in front of Keystone",
    ),
    PathRule(
        what="Keystone: `/v3`",
        service=Service.KEYSTONE,
        path=_below(r"/v3/?"),
        source="Identity API v3, Show v3 API details; Cinder has `/v3` too",
        needs_proof=True,
    ),
    PathRule(
        what="Glance: `/v2/images`, `/v2/schemas`, `/v2/tasks`, `/v2/info`, `/v2/metadefs`, "
        "`/v2/cache`, `/v2/stores`",
        service=Service.IMAGE,
        path=_below(
            rf"{_VERSION}/(?:images|schemas|tasks|info|metadefs|cache|stores)(?:/.*)?",
        ),
        source="Image API v2: all its paths",
    ),
    PathRule(
        what="IMS: `/v1/cloudimages`, `/v2/cloudimages`",
        service=Service.IMAGE,
        path=_below(r"/v[12]/cloudimages(?:/.*)?"),
        source="IMS API, native API: what Huawei's SDK and otcextensions ask for",
    ),
    PathRule(
        what="versions: `/`, `/versions`, `/v2`, `/v2/`",
        service=Service.IMAGE,
        path=lazy_compile(
            rf"(?:/?|{_PREFIX}(?:/(?:openstack-)?(?:image|glance)/?|/versions/?|{_VERSION}/?))\Z"
        ),
        source="Image API, List versions; every service has some of these",
        needs_proof=True,
    ),
)
"""The first that matches decides. A path that none matches belongs to another service."""

_NEEDLESS = lazy_compile("%(2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")
_MOST_KEPT = 300
"""Characters of a path whose place in the table is kept."""
_AT_VERSION = lazy_compile(_PREFIX)
_LIST = _below(r"/v2(?:\.(?!1/)\d+)?/images")
_AT_LIST = lazy_compile(
    rf"(?P<list>(?P<prefix>{_PREFIX}){_VERSION}/images)(?:/(?P<below>.*))?\Z", re.DOTALL
)
_NATIVE = lazy_compile(rf"(?P<prefix>{_PREFIX})/v2/cloudimages\Z", re.DOTALL)
_LOGIN = _below(r"/(?:v3/auth|v2\.0)/tokens/?")
_AT_FEDERATION = r"v3/OS-FEDERATION/identity_providers/[^/]+/protocols/[^/]+/auth"
_FEDERATED_LOGIN = _below(rf"/{_AT_FEDERATION}/?")


def without_needless_escapes(path: str) -> str:
    """A path in which letters, digits, `-`, `.`, `_` and `~` are as they are.

    RFC 3986, section 6.2.2.2: it names the same. Observed: Glance reads it so, and an escaped slash
    as a part of a segment.

    >>> without_needless_escapes("/v%32/im%61ges/a%2Fb")
    '/v2/images/a%2Fb'
    """
    if "%" not in path:
        return path
    return _NEEDLESS.sub(lambda found: chr(int(found[1], 16)), path)


def service_of(uri: str) -> Service:
    """The service that a URI belongs to. Raises ValueError for text that is not a URI."""
    # Without their queries the URLs are the same few, which `urlsplit` has taken apart before.
    return service_of_path(urlsplit(uri.partition("?")[0]).path)


def service_of_path(path: str) -> Service:
    """The service that a path belongs to; `/` and `/versions` are the image service's."""
    rule = rule_of(path)
    return Service.OTHER if rule is None else rule.service


def rule_of(path: str) -> PathRule | None:
    """The row of `PATHS` that a path falls under."""
    return _rule_of(path.partition("?")[0] or "/")


@remembered(1024, _MOST_KEPT)
def _rule_of(path: str) -> PathRule | None:
    """The same for a path without query; a client asks for the same few again and again."""
    path = without_needless_escapes(path)
    return next((rule for rule in PATHS if rule.path.match(path)), None)


def prefix_of(path: str) -> str:
    """What is before the version of the API, below which a service answers.

    >>> prefix_of("/glance/v2/images"), prefix_of("/glance/versions"), prefix_of("/")
    ('/glance', '/glance', '')
    """
    return _prefix_of(path.partition("?")[0])


@remembered(1024, _MOST_KEPT)
def _prefix_of(path: str) -> str:
    found = _AT_VERSION.match(without_needless_escapes(path))
    return found[0].rstrip("/").removesuffix("/versions") if found else ""


def is_image_list(path: str) -> bool:
    """Whether a path lists images: `/v2/images`, `/glance/v2/images` or `/v2.7/images`.

    `/v2.1/images` is Nova's, in which `limit` has another default.
    """
    return _LIST.match(without_needless_escapes(path)) is not None


@remembered(1024, _MOST_KEPT)
def list_beside_native(path: str) -> str | None:
    """The path of Glance's list at the service of IMS's own list; None for any other path.

    >>> list_beside_native("/ims/v2/cloudimages"), list_beside_native("/ims/v2/images")
    ('/ims/v2/images', None)
    """
    found = _NATIVE.match(without_needless_escapes(path))
    return f"{found['prefix']}/v2/images" if found else None


class ImagePath(NamedTuple):
    """A path of the image service that names the list, an image, or something of an image.

    `/v2.1` may be Nova's. As a sign that an image changed, its refusals count all the same.
    """

    of_list: str
    """The path of the list: `/v2.9/images` for `/v2.9/images/ID/file`."""
    whichever_version: str
    """The same for all versions of the API at one host: `/v2/images`."""
    image_id: str
    """As it is in the path, but for needless escapes; "" for the list."""
    below: str
    """What follows the id: `file`, `members/ID`."""


@remembered(1024, _MOST_KEPT)
def read_image_path(path: str) -> ImagePath | None:
    """Return the parts of a path such as `/v2/images/ID/file`; None for any other path."""
    found = _AT_LIST.match(without_needless_escapes(path))
    if found is None:
        return None
    image_id, _, below = (found["below"] or "").partition("/")
    return ImagePath(found["list"], f"{found['prefix']}/v2/images", image_id, below)


READS = frozenset(("GET", "HEAD", "OPTIONS"))
"""Methods that change nothing: RFC 9110, section 9.2.1."""


def is_repeatable(method: str, path: str) -> bool:
    """Whether a request may be answered any number of times.

    So may reads, and a request to Keystone for a token, which every run of a client sends again.
    """
    return method in READS or is_login(method, path)


def is_login(method: str, path: str) -> bool:
    """Whether a request asks Keystone for a token.

    >>> is_login("POST", "/v3/auth/tokens"), is_login("GET", "/v3/auth/tokens")
    (True, False)
    """
    if method == "POST" and _LOGIN.match(without_needless_escapes(path)):
        return True
    return is_federated_login(method, path)


def is_federated_login(method: str, path: str) -> bool:
    """Whether it asks for a token with the word of an identity provider.

    Identity API, OS-FEDERATION: by GET or by POST, as the protocol has it.
    """
    if method not in ("GET", "POST"):
        return False
    return _FEDERATED_LOGIN.match(without_needless_escapes(path)) is not None


class Harmless(NamedTuple):
    """Requests that no image can be changed by, whichever service answers them."""

    what: str
    """As `docs/derived-answers.md` calls them."""
    methods: frozenset[str]
    path: re.Pattern[str]
    source: str
    actions: frozenset[str] = frozenset()
    """The only member that the body has is one of these; empty for any body."""


_ANY_PATH = lazy_compile(r".*\Z", re.DOTALL)
_OF_NOVA = r"/v2(?:\.1)?(?:/[^/]+)?"
HARMLESS = (
    Harmless(
        what="reads",
        methods=READS,
        path=_ANY_PATH,
        source="RFC 9110, section 9.2.1: these methods are safe",
    ),
    Harmless(
        what="login and logout",
        methods=frozenset(("POST", "DELETE")),
        path=_below(
            rf"/(?:v3/auth/(?:tokens|OS-FEDERATION/.+)|{_AT_FEDERATION}|v2\.0/tokens(?:/[^/]+)?)/?"
        ),
        source="Identity API, Authentication and token management",
    ),
    Harmless(
        what="new objects of Keystone",
        methods=frozenset(("POST",)),
        path=_below(
            r"/v3/(?:users|groups|projects|domains|roles|credentials|regions|services|endpoints)/?"
        ),
        source="Identity API: only PUT grants a role, and a new user or project has none",
    ),
    Harmless(
        what="networks (Neutron)",
        methods=frozenset(("POST", "PUT", "DELETE")),
        path=_below(
            r"/v2\.0/(?:networks|subnets|subnetpools|ports|routers|floatingips|security-groups|"
            r"security-group-rules|address-scopes|address-groups|rbac-policies|trunks|qos|agents|"
            r"network-segment-ranges|segments|lbaas|vpn|fwaas|fw|metering)(?:/.*)?"
        ),
        source="Networking API v2.0: none of its resources refers to an image",
    ),
    Harmless(
        what="new servers (Nova)",
        methods=frozenset(("POST",)),
        path=_below(rf"{_OF_NOVA}/servers/?"),
        source="Compute API, Create server: it reads the image",
    ),
    Harmless(
        what="keys for servers (Nova)",
        methods=frozenset(("POST", "DELETE")),
        path=_below(rf"{_OF_NOVA}/os-keypairs(?:/[^/]+)?/?"),
        source="Compute API, Keypairs: no image has one",
    ),
    Harmless(
        what="starting and stopping servers (Nova)",
        methods=frozenset(("POST",)),
        path=_below(rf"{_OF_NOVA}/servers/[^/]+/action"),
        actions=frozenset(
            "os-start os-stop reboot pause unpause suspend resume lock unlock".split()
        ),
        source="Compute API, Servers - run an action; createImage, createBackup, shelve and "
        "unshelve do touch images",
    ),
)
"""What begins no new state. Every other request may have: a volume of Cinder is uploaded to an
image, EVS and ECS make an image of a disk or a server."""


_REFUSED_ON_THE_WAY = frozenset((400, 410, 413))
"""Observed: Glance 33 sets `updated_at` when data begins to come, and again when it refuses it as
too large (413), or as not what was announced (400). Its code does so with 410 too."""


def changed_nothing(method: str, path: str, status: int) -> bool:
    """Whether a request was refused (4xx) and left everything as it was.

    >>> changed_nothing("PATCH", "/v2/images/1", 409), changed_nothing("PATCH", "/v2/images/1", 500)
    (True, False)
    >>> changed_nothing("PUT", "/v2/images/1/file", 413)
    False
    """
    if not 400 <= status < 500:
        return False
    image = read_image_path(path)
    is_upload = method == "PUT" and image is not None and image.below in ("file", "stage")
    return not (is_upload and status in _REFUSED_ON_THE_WAY)


def may_touch_images(method: str, path: str, body: bytes = b"") -> bool:
    """Whether a request may change what image lists show, at whichever service it is sent to."""
    path = without_needless_escapes(path)
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
