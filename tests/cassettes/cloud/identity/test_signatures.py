"""Requests that access keys sign: taken for the project of their key, if the signature is right."""

import hashlib
import hmac
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.cloud.identity.accounts import AccessKey, ListedAccounts, Project
from glancetape_cassettes.cloud.identity.keystone import Keystone
from glancetape_cassettes.cloud.identity.signatures import is_signed_by, signature_of
from glancetape_cassettes.interaction import Request
from support.sets.imagesets import ME, OTHER

HOST, DATE, SECRET = "ims.example:443", "20260102T030405Z", "the secret"


def signed(
    secret: str = SECRET,
    *,
    access: str = "AK",
    method: str = "GET",
    path: str = "/v2/images",
    query: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    project: str | None = ME,
) -> Request:
    """Sign a request, step by step as Huawei Cloud documents it."""
    headers = {"host": HOST, "x-sdk-date": DATE}
    if project is not None:
        headers["x-project-id"] = project
    names = sorted(headers)
    escaped = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(query))
    steps = [method, f"{path}/", escaped]
    steps += [f"{name}:{headers[name]}" for name in names]
    steps += ["", ";".join(names), hashlib.sha256(body).hexdigest()]
    hashed = hashlib.sha256("\n".join(steps).encode()).hexdigest()
    text = f"SDK-HMAC-SHA256\n{DATE}\n{hashed}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    authorization = (
        f"SDK-HMAC-SHA256 Access={access}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    uri = f"https://{HOST}{path}" + (f"?{escaped}" if escaped else "")
    return Request(method, uri, (*headers.items(), ("Authorization", authorization)), body)


@given(
    secret=st.text(max_size=20),
    query=st.lists(st.tuples(st.text(min_size=1, max_size=5), st.text(max_size=5))),
    body=st.binary(max_size=20),
)
def test_what_is_signed_by_the_rules_is_accepted(
    secret: str, query: list[tuple[str, str]], body: bytes
) -> None:
    """Any query, body and secret; and no other secret."""
    request = signed(secret, query=tuple(query), body=body, method="POST")
    signature = signature_of(request)

    assert signature is not None
    assert is_signed_by(secret, signature, request)
    assert not is_signed_by(secret + "x", signature, request)


KEYSTONE = Keystone(
    ListedAccounts(
        all_projects=(Project(ME, "demo"),),
        keys=(AccessKey(access="AK", secret=SECRET, project=Project(ME, "demo"), role="reader"),),
    )
)


def test_a_signed_request_is_its_keys_projects() -> None:
    """With the role of the key; it need not name the project."""
    for project in (ME, None):
        identity = KEYSTONE.identify(signed(project=project))

        assert identity is not None
        assert (ME, {"reader"}) == (identity.project, identity.roles)


REFUSED = {
    "another secret": signed("x"),
    "an unknown key": signed(access="other"),
    "another project": signed(project=OTHER),
    "no signature": Request("GET", f"https://{HOST}/v2/images", (("X-Project-Id", ME),)),
    "another scheme": Request("GET", f"https://{HOST}/", (("Authorization", "Basic eA=="),)),
    "a token": Request("GET", f"https://{HOST}/", (("X-Auth-Token", "x"),)),
}


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED)
def test_a_wrong_signature_is_nobodys(request_: Request) -> None:
    """So the cloud answers 401."""
    assert KEYSTONE.identify(request_) is None


@pytest.mark.parametrize("changed", ["/v2/images?limit=1", "/v2/images/mine"])
def test_a_changed_request_is_not_the_one_that_was_signed(changed: str) -> None:
    """Path and query are part of the signature."""
    request = signed()
    other = Request(request.method, f"https://{HOST}{changed}", request.headers, request.body)

    assert KEYSTONE.identify(other) is None
