"""The form of a refusal: body and content type by Accept, headers, and unknown callers."""

import json
from http import HTTPStatus

import pytest

from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.cloud.refusals import REASONS as ALL_REASONS
from glancetape_cassettes.cloud.refusals import bad_request, conflict, denied, forbidden
from glancetape_cassettes.interaction import Response, header
from support.one_image import ME, ims_image
from support.sets.imagesets import REQUEST_ID, Cloud, MakeCloud, content_type

LIMIT = "limit param must be an integer"
REASONS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 500: "Internal Server Error"}
MESSAGES = {
    400: LIMIT,
    401: "This server could not verify that you are authorized to access the document you "
    "requested. Either you supplied the wrong credentials (e.g., bad password), or your browser "
    "does not understand how to supply the credentials required.",
    403: "Forbidding request, image hidden not visible",
    500: "The server has either erred or is incapable of performing the requested operation.",
}
DIALECTS = pytest.mark.parametrize("dialect", NAMES)
HTML, JSON, PLAIN = "text/html; charset=UTF-8", "application/json", "text/plain; charset=UTF-8"


@pytest.fixture(scope="module")
def cloud(make_cloud: MakeCloud) -> Cloud:
    return make_cloud([ims_image("public"), ims_image("hidden", visibility="private")])


def body_of(form: str, status: int, message: str) -> str:
    """Return a body as a real Glance sent it, blank for blank."""
    code, title = f"{status} {REASONS[status]}", REASONS[status]
    if form == JSON:
        whole = message + "<br /><br />\n\n\n"
        return json.dumps({"message": whole, "code": code, "title": title})
    if form == HTML:
        return (
            f"<html>\n <head>\n  <title>{code}</title>\n </head>\n <body>\n  <h1>{code}</h1>\n"
            f"  {message}<br /><br />\n\n\n\n </body>\n</html>"
        )
    return f"{code}\n\n{message}\n\n   "


@DIALECTS
@pytest.mark.parametrize(
    ("query", "status"),
    [("limit=abc", 400), ("marker=hidden", 403), ("properties=", 500)],
)
@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, PLAIN),
        ("", PLAIN),
        ("*/*", HTML),
        ("text/html", HTML),
        ("application/json", JSON),
        ("text/plain", PLAIN),
        ("image/png", PLAIN),
        ("application/json, */*;q=0.1", JSON),
        ("text/html;q=0.5, application/json", JSON),
        ("application/json, text/html", HTML),
        ("text/html;q=0, */*", JSON),
        ("*/*;q=0", PLAIN),
        ("application/xml, application/*", JSON),
        ("not an accept header", HTML),
        ("application/json;q=.5", HTML),
    ],
)
def test_an_error_has_the_form_that_the_client_accepts(
    cloud: Cloud, dialect: str, query: str, status: int, accept: str, form: str
):
    response = cloud.ask(query, dialect=dialect, accept=accept)
    assert (status, REASONS[status], form) == (
        response.status,
        response.reason,
        content_type(response),
    )
    assert body_of(form, status, MESSAGES[status]) == response.body.decode()


@DIALECTS
@pytest.mark.parametrize(
    ("accept", "message"),
    [
        ("text/html", "No image found with ID &lt;b&gt;&amp;&#x27;&quot;&#38236;&#233;"),
        ("text/plain", "No image found with ID &'\"镜é"),
        ("application/json", "No image found with ID <b>&'\"镜é"),
    ],
)
def test_what_the_client_sent_is_escaped(cloud: Cloud, dialect: str, accept: str, message: str):
    response = cloud.ask("marker=<b>%26'\"镜é", dialect=dialect, accept=accept)
    form = {"text/html": HTML, "text/plain": PLAIN}.get(accept, JSON)
    assert body_of(form, 400, message) == response.body.decode()


GATEWAY = {
    "Server": "api-gateway",
    "Strict-Transport-Security": "max-age=31536000; includeSubdomains;",
    "X-Content-Type-Options": "nosniff",
    "X-Download-Options": "noopen",
    "X-Frame-Options": "SAMEORIGIN",
    "X-XSS-Protection": "1; mode=block;",
    "X-Request-Id": REQUEST_ID,
}
GLANCE_ID = "req-01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize("query", ["", "limit=abc", "marker=hidden", "properties="])
def test_ims_answers_have_the_headers_of_its_gateway(cloud: Cloud, query: str):
    response = cloud.ask(query, accept="application/json")
    assert {"Content-Type": JSON, **GATEWAY} == dict(response.headers)


@pytest.mark.parametrize("query", ["", "limit=abc", "marker=hidden", "properties="])
def test_glance_answers_have_a_request_id_and_no_more(cloud: Cloud, query: str):
    response = cloud.ask(query, dialect="glance", accept="application/json")
    expected = {"Content-Type": JSON, "x-openstack-request-id": GLANCE_ID}
    assert expected == dict(response.headers)


def unknown(cloud: Cloud, dialect: str, accept: str | None, query: str = "limit=abc") -> Response:
    response = cloud.ask(query, project=None, dialect=dialect, accept=accept)
    assert (401, "Unauthorized") == (response.status, response.reason)
    return response


@pytest.mark.parametrize("accept", [None, "*/*", "text/html", "application/json", "text/plain"])
@pytest.mark.parametrize("query", ["", "limit=abc", "marker=hidden", "a=%FF"])
def test_the_gateway_of_ims_refuses_an_unknown_caller(cloud: Cloud, accept: str | None, query: str):
    response = unknown(cloud, "ims", accept, query)
    body = (
        '{"error_msg":"Incorrect IAM authentication information: Unauthorized",'
        f'"error_code":"APIGW.0301","request_id":"{REQUEST_ID}"}}\n'
    )
    assert body == response.body.decode()
    assert {"Content-Type": JSON, **GATEWAY} == dict(response.headers)


@pytest.mark.parametrize(
    ("accept", "form"),
    [(None, PLAIN), ("*/*", HTML), ("text/html", HTML), (JSON, JSON), ("text/plain", PLAIN)],
)
@pytest.mark.parametrize("query", ["", "limit=abc", "a=%FF"])
def test_glance_refuses_an_unknown_caller_without_a_request_id(
    cloud: Cloud, accept: str | None, form: str, query: str
):
    response = unknown(cloud, "glance", accept, query)
    assert body_of(form, 401, MESSAGES[401]) == response.body.decode()
    assert (("Content-Type", form),) == response.headers


@DIALECTS
def test_the_request_id_of_an_answer_is_the_given_one(cloud: Cloud, dialect: str):
    response = cloud.lister.list_images("", ME, dialect, (), "f" * 32)
    name = "X-Request-Id" if dialect == "ims" else "x-openstack-request-id"
    expected = "f" * 32 if dialect == "ims" else "req-ffffffff-ffff-ffff-ffff-ffffffffffff"
    assert expected == header(response.headers, name)


@DIALECTS
@pytest.mark.parametrize("accept", [None, "text/html", "text/plain", "image/png", "nonsense"])
def test_a_page_is_json_whatever_the_client_accepts(cloud: Cloud, dialect: str, accept: str | None):
    response = cloud.ask("", dialect=dialect, accept=accept)
    assert (200, JSON) == (response.status, content_type(response))


@DIALECTS
def test_headers_are_found_in_any_case(cloud: Cloud, dialect: str):
    headers = (("ACCEPT", "text/plain"), ("X-API-VERSION", "q"))
    response = cloud.lister.list_images("visibility=community&limit=x", ME, dialect, headers)
    assert body_of(PLAIN, 400, LIMIT) == response.body.decode()


@pytest.mark.parametrize("mark", ["<", "<br", "<!--", "<b>"])
def test_a_message_with_many_opening_brackets_takes_no_time(cloud: Cloud, mark: str) -> None:
    """The time grows with the length of the message. With its square, this would take hours."""
    response = cloud.ask(f"visibility={mark * 100_000}")

    assert 400 == response.status
    assert response.body.startswith(b"400 Bad Request\n\nInvalid visibility value: ")


def test_an_accept_header_that_nobody_sends_is_malformed(cloud: Cloud) -> None:
    """Reading it would take the square of its length."""
    response = cloud.ask("limit=x", accept='"' * 100_000)

    assert "text/html; charset=UTF-8" == content_type(response)


def test_a_refusal_has_the_status_of_its_reason() -> None:
    """Those of changes as of lists; the reasons are those of RFC 9110, but for Glance's 416."""
    refusals = {"bad": bad_request, "conflict": conflict, "denied": denied, "forbidden": forbidden}
    statuses = {name: refuse("x").status for name, refuse in refusals.items()}
    expected = {status.value: status.phrase for status in HTTPStatus}
    expected[416] = "Request Range Not Satisfiable"

    assert {"bad": 400, "conflict": 409, "denied": 403, "forbidden": 403} == statuses
    assert ALL_REASONS.items() <= expected.items()
