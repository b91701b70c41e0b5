"""Which texts count as addresses, so that `learn` leaves them out."""

import pytest

from glancetape_generators.learning.identifying import has_address

ADDRESSES = (
    *("acme.de", "acme.eu", "acme.cloud", "acme.co.uk", "163.com", "1und1.de", "bücher.de"),
    *("site=acme.de", "x_acme.eu", "web-acme.io-1", "acme.xn--p1ai", "acme.рф", "acme.localhost"),
    *("db07.acme.internal", "db07.acme.prod", "mail.163.com", "acme.de.2024", "api.v1.acme"),
    *("node.js.acme.de", "hw.v1.large.acme.com", "22.04.lts.acme.de", "hw.v1.large-acme.com"),
    *("fd00::/48", "2001:db8::", "2001:db8::/32", "2001:db8::7", "::1", "fe80::1%eth0"),
    *("net=64:ff9b::/96", "::ffff:10.4.7.12", "2001:db8:0:0:0:0:0:7", "52:54:00:12:ab:ef"),
    *("10.4.7.12", "10.4.7.0/24", "ada@acme.example", "https://wiki/x"),
)
ORDINARY = (
    *("ubuntu-22.04.3.lts", "debian-12.5.server", "node.js.app", "node.js", "vue.js"),
    *("hw.v1.large", "m5.large", "c6.xlarge.4", "os.type", "release.v2", "image.qcow2", "x86.64"),
    *("20.04", "v1.2.3", "3.10.0-1160.el7.x86_64", "39.1.5", "2024.1"),
    *("std::string", "team::", "web:v2", "10:30:00", "2024-01-01T10:30:00", "a:b"),
)


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_found(text: str) -> None:
    """Also one with other text before it, and the address of a network."""
    assert has_address(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_versions_flavours_and_names_of_software_are_no_addresses(text: str) -> None:
    """They have dots or colons as addresses do."""
    assert not has_address(text.casefold())
