"""Which form an Accept header chooses: as WebOb 1.8 chooses for Glance."""

import pytest

from glancetape_cassettes.cloud.accept_header import accepted

HTML, JSON = OFFERS = ("text/html", "application/json")
MALFORMED = HTML  # then everything is accepted, and HTML is offered first


@pytest.mark.parametrize(
    ("header", "liked"),
    [
        ("", None),
        (",", None),
        (" , ", None),
        (",,application/json", JSON),
        ("text/plain, ,application/json", JSON),
        ("*/*", HTML),
        ("text/html", HTML),
        ("application/json", JSON),
        ("APPLICATION/Json", JSON),
        ("text/*", HTML),
        ("application/*", JSON),
        ("text/plain", None),
        ("image/*", None),
        ("text/plain, image/png", None),
        ("application/json, text/html", HTML),
        ("text/html;q=0.4, application/json;q=0.5", JSON),
        ("text/html; q=0.4 ,\tapplication/json ; Q=0.5", JSON),
        ("application/json;q=0.999, */*;q=1.000", HTML),
        ("text/html;q=0, */*", JSON),
        ("text/*;q=0, application/json;q=0.001", JSON),
        ("text/html, text/*;q=0", HTML),
        ("*/*;q=0", None),
        ("*/*;q=0.", None),
        ("application/json;q=1.", JSON),
        ("application/json,", JSON),
        ("application/json,,", JSON),
        ("application/json;level=1", None),
        ("application/json;charset=utf-8, text/html;q=0.1", HTML),
        ("application/*;level=1", JSON),
        ('application/json;q=0.5;a="b,c"', JSON),
        ("application/json;q=0.5;more", JSON),
        ('a/b;c="d,text/html", application/json', JSON),
        ("text/html;q=0.5, text/html;q=0", HTML),
    ],
)
def test_the_form_of_the_highest_quality_is_chosen(header: str, liked: str | None):
    assert liked == accepted(header, OFFERS)


@pytest.mark.parametrize(
    "header",
    [
        "*",
        "json",
        "application/",
        "/json",
        "application/json/1",
        "application json",
        ",application/json",
        ", application/json",
        "application/json;q=.5",
        "application/json;q=2",
        "application/json;q=1.1",
        "application/json;q=0.1234",
        "application/json;q=-1",
        "application/json;q=",
        "application/json;q",
        "application/json;q=٠",
        'application/json;q="0.5"',
        "application/json; q= 0.5",
        "application/json;level",
        "application/json;",
        "application/json é/é",
        'application/json;a="b',
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    ],
)
def test_a_malformed_header_accepts_everything(header: str):
    assert MALFORMED == accepted(header, OFFERS)


def test_of_equals_the_first_offer_is_chosen():
    assert JSON == accepted("*/*", (JSON, HTML))
    assert JSON == accepted("nonsense", (JSON, HTML))
