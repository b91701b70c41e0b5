"""Traffic with secrets in every place that real requests and responses have."""

import base64
import html
import json
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from support.secrets.planting import Exchange, Planter

JSON_TYPE = ("Content-Type: application/json",)
IMAGES = "/v2/images"
TOKENS = "/v3/auth/tokens"


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def in_headers(plant: Planter) -> Iterator[Exchange]:
    for name in (
        "X-Auth-Token x-auth-token X-AUTH-TOKEN X-Subject-Token X-Security-Token X-Service-Token "
        "X-Storage-Token Proxy-Authorization Cookie X-Api-Key X-Custom-Thing X-Amz-Security-Token "
        "Api-Key X-Vault-Token x-goog-iam-authorization-token X-Trust-Secret X-CSRF-Token "
        "Openstack-Auth-Receipt"
    ).split():
        yield Exchange(IMAGES, headers=[f"{name}: {plant('request header ' + name)}"])
    for name in (
        "X-Subject-Token x-subject-token Set-Cookie X-Auth-Token X-Storage-Token X-Custom-Thing "
        "Authentication-Info X-Auth-Key X-IAM-Trace-Id Openstack-Auth-Receipt"
    ).split():
        yield Exchange(IMAGES, answer_headers=[f"{name}: {plant('response header ' + name)}"])
    for form in ("hex", "odd"):
        yield Exchange(IMAGES, headers=[f"X-Auth-Token: {quote(plant('token ' + form, form))}"])
    for make in (plant.fernet, plant.jwt, plant.pki):
        yield Exchange(IMAGES, headers=[f"X-Auth-Token: {make('token ' + make.__name__)}"])
    user = base64.b64encode(f"joe:{plant('Basic password')}".encode()).decode()
    yield Exchange(IMAGES, headers=[f"Authorization: Basic {user}"])
    yield Exchange(IMAGES, headers=[f"AUTHORIZATION: Bearer {plant('Bearer')}"])
    for scheme in ("SDK-HMAC-SHA256 Access=", "AWS4-HMAC-SHA256 Credential="):
        key, signature = plant(f"{scheme} key", "key id"), plant(f"{scheme} signature", "hex")
        value = f"{scheme}{key}, SignedHeaders=host;x-sdk-date, Signature={signature}"
        yield Exchange(
            IMAGES,
            headers=[f"Authorization: {value}", f"X-Security-Token: {plant(scheme + ' token')}"],
            status="401 Unauthorized",
            answer=_json({"error_msg": f"ak {key} not exist, got {value}"}),
        )
    yield Exchange(IMAGES, headers=[f"Authorization: AWS {plant('AWS2', 'key id')}:{plant('v2')}"])
    yield Exchange(
        IMAGES,
        headers=[f"Cookie: a={plant('cookie a')}; HWWAFSESID={plant('cookie 2')}"],
        answer_headers=[
            f"Set-Cookie: HWWAFSESID={plant('set-cookie')}; path=/",
            f"Set-Cookie: other={plant('set-cookie 2', 'hex')}; HttpOnly",
        ],
    )
    yield Exchange(
        IMAGES,
        headers=[f"User-Agent: curl/8 token={plant('User-Agent')}"],
        answer_headers=[f"Server: nginx password={plant('Server')}"],
        status=f"200 OK token={plant('reason phrase')}",
    )
    yield Exchange(
        IMAGES, headers=[f"Referer: http://h/?token={plant('Referer')}"],
        answer_headers=[f"WWW-Authenticate: Digest nonce=1, token={plant('challenge')}"],
    )  # fmt: skip


PARAMETERS = (
    "token X-Auth-Token x_auth_token password access_key AccessKeyId Signature X-Amz-Signature "
    "X-Amz-Credential X-Amz-Security-Token ak sk sig api_key apiKey client_secret AWSAccessKeyId "
    "temp_url_sig securityToken adminPass pwd auth passcode code_secret jwt session_id"
)


def in_urls(plant: Planter) -> Iterator[Exchange]:
    for name in PARAMETERS.split():
        yield Exchange(f"{IMAGES}?{name}={plant('parameter ' + name)}&limit=2")
    yield Exchange(f"{IMAGES}?password={quote(plant('parameter odd', 'odd'), safe='')}")
    yield Exchange(f"{IMAGES}?%70assword={plant('encoded parameter name')}")
    yield Exchange(f"{IMAGES}?tag=password%3D{plant('in a tag')}&limit=1")
    yield Exchange(f"{IMAGES}?name=http%3A%2F%2Fu%3A{plant('URL in a parameter')}%40h%2Fx")
    yield Exchange(f"{IMAGES}/token={plant('in the path')}/file")
    yield Exchange(f"{IMAGES}?limit=1#token={plant('fragment')}")
    yield Exchange(f"/v2/images/1;token={plant('path parameter')}?limit=1")
    for header in ("Location", "Content-Location", "Link"):
        url = f"http://u:{plant(header + ' user-info')}@h/v2/?token={plant(header + ' query')}"
        yield Exchange(
            "/v2", status="302 Found", answer_headers=[f"{header}: {url}"], answer=url.encode()
        )
    yield Exchange(
        IMAGES, answer_headers=[f'Link: <http://h/v2?token={plant("Link <>")}>; rel="next"']
    )
    yield Exchange(
        "/v2", status="302 Found", answer_headers=[f"Location: /v2/#token={plant('Location #')}"]
    )


MEMBERS = (
    "password adminPass admin_pass accessKey access-key secretKey SecretAccessKey auth_token "
    "apiKey API_KEY privateKey user.password os-password db_passwd clientSecret x-auth-token "
    "credentials AuthToken sessionToken user_data passphrase bearer"
)


def in_json(plant: Planter) -> Iterator[Exchange]:
    def answered(value: Any) -> Exchange:
        body = value if isinstance(value, bytes) else _json(value)
        return Exchange(IMAGES, answer_headers=JSON_TYPE, answer=body)

    for name in MEMBERS.split():
        yield answered({"images": [{"id": "1", name: plant("member " + name)}]})
    yield answered({"password": {"old": [plant("below a secret name")], "n": {"m": plant("2")}}})
    yield answered({"a": [[[{"b": {"Token": plant("deep")}}]]]})
    yield answered({"meta": json.dumps({"password": plant("JSON in a string")})})
    yield answered({"meta": json.dumps({"x": json.dumps({"sk": plant("JSON twice")})})})
    yield answered({"meta": " " + json.dumps([{"secret": plant("JSON behind a blank")}])})
    yield answered(b'{"token": "%s", "token": "b"}' % plant("first of repeated").encode())
    yield answered(b'{"x": [{"sk":"a","sk" : "%s"}]}' % plant("second of repeated").encode())
    yield answered(b'{"p\\u0061ssword": "%s"}' % plant("escaped name").encode())
    yield answered(b'{"x": "p\\u0061ssword=%s"}' % plant("escaped text").encode())
    yield answered(b'{ "password" :\n "%s" ,"n": 1e5}' % plant("odd layout").encode())
    yield answered(b'{"password": "%s", "n": NaN}' % plant("NaN").encode())
    yield answered(b'{"n": 1e5, "x": "token=%s"}' % plant("odd layout, in text").encode())
    yield answered(b'{"password": "%s", "n": 1' % plant("broken JSON").encode())
    yield answered(b'\xef\xbb\xbf{"password": "%s"}' % plant("byte order mark").encode())
    yield answered(b'"password=%s"' % plant("a JSON string").encode())
    yield answered({f"password={plant('in a member name')}": 1})
    yield answered({"password": int("9" + str(random.Random(3).random())[2:16])})
    image = {
        "direct_url": f"swift+https://acct:user:{plant('swift')}@auth.example/v3/c/o",
        "locations": [
            {"url": f"swift+config://ref1/{'c'}/o?token={plant('location')}", "metadata": {}},
            {"url": f"s3+https://{plant('s3 access', 'key id')}:{plant('s3 key')}@s3.example/b/o"},
            {"url": f"rbd://user:{plant('rbd')}@fsid/pool/image/snap"},
            {"url": f"obs://x/y?AccessKeyId={plant('obs', 'key id')}&Signature={plant('obs 2')}"},
        ],
        "tags": [f"password={plant('tag')}", f"token:{plant('tag 2')}"],
        "user_note": plant.pem("PEM"),
        "note": f"curl -H 'X-Auth-Token: {plant('note')}' --password {plant('option')}",
        "jwt_note": f"see {plant.jwt('jwt in text')} ok",
        "fernet_note": plant.fernet("fernet in text"),
        "pki_note": plant.pki("PKI in text"),
        "b64": base64.b64encode(f"password={plant('base64')}".encode()).decode(),
        "b64url": base64.urlsafe_b64encode(f"u:p token={plant('base64 2')}".encode()).decode(),
        "pct": quote(f"password={plant('percent')}", safe=""),
        "pct2": quote(quote(f"http://u:{plant('percent twice')}@h/", safe=""), safe=""),
    }
    yield answered({"images": [image]})
    yield answered(json.dumps(image, indent=3).encode())
    yield Exchange(
        IMAGES, "POST", JSON_TYPE, _json({"name": "x", "admin_password": plant("posted")}),
        "201 Created", JSON_TYPE, _json({"name": "x", "sk": plant("answered to a post")}),
    )  # fmt: skip
    patch = [{"op": "add", "path": "/os_password", "value": plant("JSON patch")}]
    yield Exchange(f"{IMAGES}/1", "PATCH", JSON_TYPE, _json(patch))


def in_keystone(plant: Planter) -> Iterator[Exchange]:
    def asked(target: str, identity: Any, status: str = "401 Unauthorized") -> Exchange:
        return Exchange(target, "POST", JSON_TYPE, _json(identity), status)

    for method, value in {
        "password": {"user": {"name": "joe", "password": plant("v3 password", "odd")}},
        "token": {"id": plant("v3 token")},
        "application_credential": {"id": "ac1", "secret": plant("application credential")},
        "totp": {"user": {"id": "u" * 32, "passcode": plant("totp")}},
        "oauth1": {"oauth_verifier": plant("oauth")},
        "hw_ak_sk": {"access": {"key": plant("ak in body")}, "secret": {"key": plant("sk")}},
        "mapped": {"saml": plant("saml"), "assertion": plant("assertion")},
    }.items():
        yield asked(TOKENS, {"auth": {"identity": {"methods": [method], method: value}}})
    yield asked(
        "/v3/ec2tokens",
        {"credentials": {"access": plant("ec2"), "signature": plant("ec2 2"), "params": {
            "X-Amz-Credential": plant("ec2 3")}, "headers": {"Authorization": plant("ec2 4")}}},
    )  # fmt: skip
    yield asked(
        "/v2.0/tokens",
        {"auth": {"passwordCredentials": {"username": "joe", "password": plant("v2.0 password")}}},
    )
    yield asked("/v2.0/tokens", {"auth": {"token": {"id": plant("v2.0 token")}}})
    url = f"https://joe:{plant('catalog user-info')}@ims/v2?token={plant('catalog query')}"
    catalog = [{"type": "image", "name": "glance", "endpoints": [{"id": "e", "url": url}]}]
    token = {
        "methods": ["password"],
        "user": {"id": "u" * 32, "name": "joe", "extra": {"pin": plant("user extra")}},
        "audit_ids": [plant("audit id")],
        "catalog": catalog,
        "OS-OAUTH1": {"access_token_id": plant("oauth id")},
        "unknown_thing": plant("unknown member"),
    }
    subject = plant.pki("subject token")
    yield Exchange(
        TOKENS, "POST", JSON_TYPE, b"{}", "201 Created", [f"X-Subject-Token: {subject}"],
        _json({"token": token, "echo": subject}),
    )  # fmt: skip
    access = {
        "token": {"id": plant("v2.0 issued"), "expires": "2030-01-01T00:00:00Z"},
        "serviceCatalog": [{"endpoints": [{"publicURL": f"http://u:{plant('v2.0 url')}@h/"}]}],
    }
    yield Exchange("/v2.0/tokens", "POST", answer_headers=JSON_TYPE, answer=_json(access))
    yield Exchange(f"/v2.0/tokens/{plant('v2.0 path', 'hex')}")
    credential = {"blob": json.dumps({"secret": plant("blob")}), "type": "ec2", "id": "c1"}
    yield Exchange("/v3/credentials", answer=_json({"credentials": [credential]}))
    yield Exchange("/v3/users/u1/credentials/OS-EC2", answer=_json({"secret": plant("EC2")}))


def in_echoes(plant: Planter) -> Iterator[Exchange]:
    def echoed(where: str, form: str, *parts: bytes | str, content: str = "text/plain") -> Exchange:
        token = plant(f"echo: {where}", form)
        shown = {
            "raw": token,
            "percent": "".join(f"%{byte:02X}" for byte in token.encode()),
            "percent lower": "".join(f"%{byte:02x}" for byte in token.encode()),
            "quoted": quote(token, safe=""),
            "twice": quote(quote(token, safe=""), safe=""),
            "hex": token.encode().hex(),
            "HEX": token.encode().hex().upper(),
            "html": html.escape(token),
            "json": json.dumps(token)[1:-1],
            "upper": token.upper(),
            "lower": token.lower(),
            "swapped": token.swapcase(),
            "reversed": token,
        } | {
            f"base64 {skip}": base64.b64encode(b"j" * skip + token.encode() + b":x").decode()
            for skip in range(3)
        }
        body = b"".join(
            shown[part].encode("utf-8") if isinstance(part, str) else part for part in parts
        )
        return Exchange(
            IMAGES,
            headers=[f"X-Auth-Token: {quote(token)}"],
            status="401 Unauthorized",
            answer_headers=[
                f"Content-Type: {content}", f"Location: /v2/x/{shown[str(parts[1])]}",
            ],
            answer=body,
        )  # fmt: skip

    forms = ("raw", "percent", "percent lower", "quoted", "twice", "hex", "HEX", "html", "json",
             "upper", "lower", "swapped", "base64 0", "base64 1", "base64 2")  # fmt: skip
    for form in forms:
        yield echoed(f"text, {form}", "word", b"Bad: ", form, b" sorry")
        yield echoed(f"odd text, {form}", "odd", b"Bad: ", form, b" sorry")
    for form in forms:
        yield echoed(f"not UTF-8, {form}", "word", b"\xff\xfe\x80 ", form, b" \xe9")
    yield echoed("HTML", "word", b"<html><body>No ", "raw", b"</body></html>", content="text/html")
    yield echoed("hex token", "hex", b'{"error_msg": "', "raw", b'"}', content="application/json")
    yield echoed("in JSON", "odd", b'{"error_msg": "', "json", b'"}', content="application/json")
    form_body = f"grant=x&password={plant('form')}&client_secret={plant('form 2')}&a=b"
    yield Exchange(
        IMAGES, "POST", ["Content-Type: application/x-www-form-urlencoded"], form_body.encode(),
        "400 Bad Request", answer=f"bad: {plant.planted['form']}".encode(),
    )  # fmt: skip
    yield Exchange(
        IMAGES,
        answer=b"\x80\x81 password=" + plant("not UTF-8, named").encode() + b"\n\xff",
        answer_headers=["Content-Type: application/octet-stream"],
    )


PLACES = (in_headers, in_urls, in_json, in_keystone, in_echoes)
