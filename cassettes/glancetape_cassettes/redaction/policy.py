"""What may be stored of a request and its response: tables of names, and their treatment.

Headers pass by allow-list, so a header that nobody thought of is dropped. Of query parameters and
JSON members, those with a secret's name are replaced. A user can protect more names and record
more headers (`RedactionOptions`), but can never record one of `NEVER_HEADERS`.
"""

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from glancetape_cassettes.interaction import HOP_BY_HOP
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.stand_ins import has_stand_in
from glancetape_cassettes.service import Service, service_of_path
from glancetape_cassettes.short_texts import remembered

PLACEHOLDER = "REDACTED"

_OF_A_KEY = lazy_compile(
    r"(?<!public)(?<!pub)(?<!public[_. -])(?<!pub[_. -])keys?\d{0,2}\Z", re.IGNORECASE
)


class Treatment(Enum):
    """What is done with the value under a name: kept, dropped with its name, or replaced."""

    KEEP = "keep"
    """Kept, but for what has the form of a secret."""
    DROP = "drop"
    SECRET = "secret"
    """Replaced by `PLACEHOLDER`."""
    KEY = "key"
    """Replaced if it is random letters: the name says that it is a key, of whatever."""
    TOKEN = "token"
    CREDENTIALS = "credentials"
    """An `Authorization` header: the stand-in of its access key remains."""
    ID = "id"
    NAME = "name"
    URL = "url"
    """Redacted like the URL of a request."""


def _table(treatment: Treatment, names: str) -> dict[str, Treatment]:
    return dict.fromkeys(names.split(), treatment)


_IDENTITY_HEADERS = {
    **_table(Treatment.TOKEN, "x-auth-token x-subject-token openstack-auth-receipt"),
    **_table(Treatment.CREDENTIALS, "authorization"),
    **_table(
        Treatment.ID,
        "x-project-id x-tenant-id x-user-id x-domain-id x-project-domain-id x-user-domain-id",
    ),
    **_table(
        Treatment.NAME,
        "x-project-name x-tenant-name x-user-name x-domain-name x-tenant x-user "
        "x-project-domain-name x-user-domain-name",
    ),
}

REQUEST_HEADERS = {
    **_IDENTITY_HEADERS,
    **_table(
        Treatment.KEEP,
        "accept accept-encoding accept-language accept-charset cache-control content-type date "
        "host if-match if-modified-since if-none-match if-unmodified-since max-forwards "
        "openstack-api-version pragma range user-agent x-api-version x-language "
        "x-openstack-request-id x-request-id x-roles x-sdk-date",
    ),
}

RESPONSE_HEADERS = {
    **_IDENTITY_HEADERS,
    **_table(
        Treatment.KEEP,
        "accept-ranges access-control-allow-headers access-control-allow-methods "
        "access-control-allow-origin age allow cache-control content-disposition "
        "content-encoding content-language content-range content-security-policy content-type "
        "date etag expires last-modified openstack-api-version pragma referrer-policy retry-after "
        "server strict-transport-security vary via warning www-authenticate x-cache "
        "x-content-type-options x-download-options x-frame-options x-openstack-request-id "
        "x-permitted-cross-domain-policies x-powered-by x-ratelimit-limit "
        "x-ratelimit-remaining x-ratelimit-reset x-request-id x-xss-protection",
    ),
    **_table(Treatment.URL, "content-location link location"),
}

NEVER_HEADERS = frozenset(
    "authorization cookie proxy-authorization set-cookie set-cookie2 x-auth-token "
    "x-security-token x-service-token x-subject-token x-storage-token x-api-key "
    "openstack-auth-receipt".split()
)
"""Headers that carry credentials: no option records their values."""

LIST_PARAMETERS = tuple(
    "limit marker sort sort_key sort_dir name status visibility member_status tag".split()
)
PLAIN_NAMES = frozenset(
    spelt
    for name in (
        *(one for one, treatment in REQUEST_HEADERS.items() if treatment is Treatment.KEEP),
        *(one for one, treatment in RESPONSE_HEADERS.items() if treatment is Treatment.KEEP),
        *HOP_BY_HOP,
        *LIST_PARAMETERS,
    )
    for spelt in (name, name.title())
)
"""Names of no secret, as clients spell them: whether another name is one takes a large table."""
COMPARED_HEADERS = {
    name: treatment
    for name, treatment in REQUEST_HEADERS.items()
    if treatment is not Treatment.KEEP or name in ("range", "x-api-version") or name[:3] == "if-"
}
"""Of the headers of a request, those by which it is compared, and those with ids."""

_ID_NAMES = frozenset(
    "owner owner_id project_id tenant_id user_id domain_id member_id member tenant "
    "project_domain_id user_domain_id default_project_id enterprise_project_id "
    "_sys_enterprise_project_id trust_id trustor_user_id trustee_user_id creator_id created_by "
    "owner_project_id owner_user_id os_project_id os_user_id source_project_id".split()
)
_NAME_NAMES = frozenset(
    "project_name tenant_name user_name username domain_name owner_project_name "
    "owner_user_name project_domain_name user_domain_name tenantname".split()
)


def fold(name: str) -> str:
    """Return a name as the tables have it: `X-Auth.Token` is `x_auth_token`."""
    return name.strip().lower().replace("-", "_").replace(".", "_")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionOptions:
    """What a user adds to the tables; nothing that the tables protect can be opened."""

    keep_ids: bool = False
    """Whether project, user and domain ids and names stay as they are."""
    sensitive: tuple[str, ...] = ()
    """Names of headers, parameters and JSON members whose values are secrets, in any spelling."""
    keep_headers: tuple[str, ...] = ()
    """Names of harmless headers to record, in any case."""

    @property
    def sensitive_names(self) -> tuple[str, ...]:
        """The sensitive names as tables and cassettes have them: folded, sorted, each once."""
        return tuple(sorted({fold(name) for name in self.sensitive}))


ONLY_TABLES = RedactionOptions()
"""The options of a user who adds nothing."""


@remembered(4096)
def field_treatment(name: str, sensitive: frozenset[str] = frozenset()) -> Treatment:
    """Return what is done with the value of a JSON member or a query parameter.

    >>> field_treatment("adminPass")
    <Treatment.SECRET: 'secret'>
    >>> field_treatment("compass")
    <Treatment.KEEP: 'keep'>
    """
    folded = fold(name)
    if folded in sensitive:
        return Treatment.SECRET
    if folded in _ID_NAMES:
        return Treatment.ID
    if folded in _NAME_NAMES:
        return Treatment.NAME
    if name in PLAIN_NAMES:
        return Treatment.KEEP
    from glancetape_cassettes.redaction.names.secret_names import is_secret_name  # a large table

    if is_secret_name(name):
        return Treatment.SECRET
    return Treatment.KEY if _OF_A_KEY.search(folded) else Treatment.KEEP


# Keystone's bodies pass by allow-list: a value under any other name is replaced.
KEYSTONE_KEEP = frozenset(
    "methods required_auth_methods expires_at issued_at expires issued is_domain "
    "is_admin_project type interface region region_id enabled code title status updated version "
    "min_version max_version next_min_version versionid rel base nocatalog system all "
    "domain_specific registered_limit options immutable error_code request_id restricted "
    "unrestricted service_id parent_region_id truncated roles regions".split()
)
KEYSTONE_WORDS = frozenset([("scope", "unscoped")])
"""Names with the one value that is kept under them."""
KEYSTONE_DATES = frozenset("password_expires_at created_at deleted_at not_before".split())
"""Kept when the value is a date."""
KEYSTONE_MESSAGES = frozenset("message error_msg".split())
KEYSTONE_URLS = frozenset(
    "url href self next previous publicurl internalurl adminurl versioninfo versionlist".split()
)
KEYSTONE_OWNERS = frozenset(
    "project projects user users domain domains tenant tenants trust trusts trustor_user "
    "trustee_user group groups application_credential application_credentials "
    "identity_provider protocol".split()
)
KEYSTONE_PUBLIC = frozenset(
    "roles role catalog servicecatalog endpoints endpoint services service version versions "
    "values links regions".split()
)
"""Below these names, `id` and `name` belong to the cloud, not to a customer."""
KEYSTONE_IDS = frozenset(
    "tenantid projectid userid domainid defaultprojectid parent_id xdomain_id".split()
)
"""Ids that only Keystone's bodies and parameters have, in the spelling of v2.0 too."""
KEYSTONE_TEXTS = frozenset("description tags email".split())
"""What people wrote. It is replaced, and not looked for elsewhere: its words are ordinary ones."""
_LISTS_OF_CUSTOMERS = lazy_compile(
    r"/(?:projects|users|domains|groups|tenants|application_credentials)/?\Z"
)


def keystone_parameter(name: str, path: str) -> Treatment | None:
    """Return what is done with a parameter of a Keystone path; None when other tables decide.

    >>> keystone_parameter("name", "/v3/projects"), keystone_parameter("name", "/v3/services")
    (<Treatment.NAME: 'name'>, None)
    """
    if fold(name) in KEYSTONE_IDS:
        return Treatment.ID
    if fold(name) in ("id", "name") and _LISTS_OF_CUSTOMERS.search(path):
        return Treatment.ID if fold(name) == "id" else Treatment.NAME
    return None


_DATA_OF_AN_IMAGE = lazy_compile(r"/v2(?:\.\d+)?/images/[^/]+/(?:file|stage)/?\Z")
_IMAGE_OF_V1 = lazy_compile(r"/v1(?:\.\d+)?/images/[^/]+/?\Z")
_LIST_OF_V1 = lazy_compile(r"/v1(?:\.\d+)?/images/?\Z")


def sends_image_data(method: str, uri: str) -> bool:
    """Whether the body of a request is the data of an image.

    >>> sends_image_data("PUT", "http://h/v2/images/1/file?x=y")
    True
    >>> sends_image_data("PATCH", "http://h/v2/images/1")
    False
    """
    path = uri.partition("?")[0]
    if _DATA_OF_AN_IMAGE.search(path):
        return True
    # The first version takes the data with the image, which is in the headers.
    if method == "POST":
        return _LIST_OF_V1.search(path) is not None
    return method == "PUT" and _IMAGE_OF_V1.search(path) is not None


def gives_image_data(method: str, uri: str, status: int) -> bool:
    """Whether the body of a response is the data of an image, and no error or description."""
    path = uri.partition("?")[0]
    if not _SUCCESS <= status < _MULTIPLE_CHOICES:
        return False
    if _DATA_OF_AN_IMAGE.search(path):
        return True
    return method == "GET" and _IMAGE_OF_V1.search(path) is not None


MOST_TEXT = 256 * 1024
"""Bytes of text in the data of an image that are searched for secrets: it takes a second or two."""

_UNSEARCHED = "has a secret, or is binary or packed and cannot be searched for one"
_CHANGED = "has REDACTED or a stand-in in it, so it is not what the service or the client sent"
_AROUND_WIDE_LETTERS = b"\0\xff\xfe\xef\xbb\xbf"
_LONGEST_REPLACED = 100
_SUCCESS = 200
_MULTIPLE_CHOICES = 300
"""Keystone and Glance list their versions with it."""
_CODECS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def why_lost(
    method: str, uri: str, status: int, *, request: str | bytes, response: str | bytes
) -> str:
    """Why an interaction with these redacted bodies answers nothing; "" if it may.

    A body that cannot be searched, or packs a secret, is replaced whole, and so is the data of an
    image with a secret anywhere in it:

    | nothing is left of | it is an answer |
    |---|---|
    | the body of a response that succeeded | no: the client would get `REDACTED` as its data |
    | the body of an error or of a redirect | yes: clients go by its status and headers |
    | the body of a request | no: all such requests look the same, whatever they send |
    | the body of a request to Keystone | yes: a login is compared without its secrets |

    Older recorders replaced a secret within the data of an image. Such data is no answer either:
    its sum is wrong.

    >>> file = "http://h/v2/images/1/file"
    >>> why_lost("GET", file, 200, request="", response="a REDACTED b")
    'the data of the response has REDACTED or a stand-in in it, so it is not what the service or \
the client sent'
    >>> why_lost("GET", "http://h/v2/images", 502, request="", response="REDACTED")
    ''
    """
    if _SUCCESS <= status <= _MULTIPLE_CHOICES and _is_replaced_whole(response):
        return f"the data of the response {_UNSEARCHED}"
    if _is_replaced_whole(request) and not _is_of_keystone(uri):
        return f"the data of the request {_UNSEARCHED}"
    if response and gives_image_data(method, uri, status) and _is_changed(response):
        return f"the data of the response {_CHANGED}"
    if request and sends_image_data(method, uri) and _is_changed(request):
        return f"the data of the request {_CHANGED}"
    return ""


def _is_replaced_whole(body: str | bytes) -> bool:
    """Whether a body is only the placeholder; older recorders wrote it in UTF-16 and -32 too."""
    if len(body) > _LONGEST_REPLACED:
        return False
    raw = body.encode() if isinstance(body, str) else body
    return raw.translate(None, _AROUND_WIDE_LETTERS) == PLACEHOLDER.encode()


def _is_changed(data: str | bytes) -> bool:
    """Whether a recorder replaced something in the data of an image."""
    raw = data.encode() if isinstance(data, str) else data
    return any(PLACEHOLDER.encode(one) in raw for one in _CODECS) or has_stand_in(raw)


def _is_of_keystone(uri: str) -> bool:
    return service_of_path(urlsplit(uri).path) is Service.KEYSTONE
