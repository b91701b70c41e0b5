"""What takes long to search for secrets if it is searched without care: texts, bodies, archives."""

import io
import zipfile

from support.secrets.packing import NAMED

HOSTILE = {
    "dashes": "token " + "a-" * 50_000,
    "names": "password" * 12_000,
    "schemes": "a://" * 30_000 + "@",
    "web tokens": "=" + "eyJ-" * 5_000,
    "joined web tokens": "=" + "eyJ_" * 5_000,
    "joined tokens": "gAAAA_" * 20_000 + "MII_" * 20_000 + "AKIA_" * 20_000,
    "open brackets": "password=" + "{" * 100_000,
    "open elements": "<password>" * 10_000,
    "open tags": "<a name='password' " * 5_000,
    "ampersands": "password=" + "&" * 100_000,
    "records": "name: password, " * 6_000,
    "base64": "A" * 100_000 + " password=",
    "base64 in lines": ("QUFB" * 19 + "\n") * 1_300,
    "percent signs": "%2525" * 20_000 + "password=",
    "backslashes": "\\" * 100_000 + "password=",
    "sentences": "password is " * 8_000,
    "cells": "password," * 11_000 + "\n" + "a," * 50_000,
    "keys of YAML": "\n".join(" " * depth + "password:" for depth in range(400)),
    "commands": "curl -u " * 12_000,
    "beginnings of keys": "sk-" * 33_000,
    "beginnings of web tokens": "ops_eyJ" * 15_000,
    "open records": "{Name:password Value:" * 5_000,
    "open files": "- path: /etc/token content: {" * 3_500,
    "web tokens in pieces": "eyJhbGciOiJI " * 8_000,
    "members of keys": '"kty" "k":"' * 9_000,
    "first lines of keys": "BEGIN PRIVATE KEY\n" * 5_500,
    "lines of keys": ("QUFB" * 16 + "\n") * 1_500 + "PRIVATE KEY",
    "foreign names": "mot de passe est " * 6_000,
    "Chinese names": "密码是" * 30_000,
    "tabs": "\t" * 30_000 + " *\n",
    "backslashes of a message": "\\" * 30_000 + " is not valid",
    "zeros and ones of a message": "\0\1" * 50_000 + " is not valid",
    "strings of SQL that a backslash ends": "INSERT INTO a (token) VALUES (" + "'\\" * 50_000,
    "frames": "| a | token |\n+\nx\n" * 6_000,
    "frames in a mail": "> | a | token |\n>\n> +-\n" * 4_000,
    "hidden parameters": "\n  hidden: true\n  default: REDACTED\n  a" * 2_500,
    "marks in lines": "\n  masked: true\n  b: c" * 4_000,
    "hosts and at signs": "http://a.b/c@" + "http://a.b/" * 8_000 + "@" * 9_000,
    "marks of values": "value: masked: " * 6_500,
    "values that are refused": "invalid value for password: 'a'. 'b" * 2_800,
}
"""Patterns are slow here if they go back over what they have read."""

SLOW_UNITS = (
    *(
        "password=REDACTED",
        "password(0",
        "password:0",
        "password is x9rT41sa ",
        "psk~",
        "password|:",
    ),
    *("session id:\n", "private key:", "password[:", "token to ", "password: ", "password,b\n"),
    *("?code=a", "Cookie: REDACTED ", "<password>REDACTED", '<input name="password">'),
    *("name=a\n", "key: password\nvalue: x\n", "password:\n REDACTED\n", "password={[("),
    *(
        "INSERT INTO pass VALUES (",
        "INSERT INTO pass VALUES (1\n",
        "INSERT INTO a (token) SELECT (1\n",
        "| password | a |\n",
        "password" + " " * 70,
        "\u00c2\u00a0password",
    ),
    "%252541 &amp;amp;lt; \\\\u005cu0041 =3D=3D \u00e9 ",
)
"""What took a hundred times as long as text when it was repeated, and its like."""


def bomb(pack: str, levels: int) -> bytes:
    """Make an archive that unpacks to 20 MB, so many times packed."""
    content = bytes((20 << 20) // 10 ** (levels if pack == "zip" else 1))
    for _ in range(levels):
        content = _ten(content) if pack == "zip" else NAMED[pack](content)
    return content if pack == "zip" else _ten(content)


def _ten(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            archive.writestr(str(number), content)
    return file.getvalue()
