"""A secret is found in whatever way a program writes it, and in whatever that text is put.

Each way is taken to each place; the secrets and their names are drawn.
"""

import base64
import json
import quopri
import sys
import zlib
from collections.abc import Callable
from random import Random
from types import FrameType
from typing import Any
from urllib.parse import quote, unquote

import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.secret_patterns import scrub
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.drawn.examples import share_of

NAMES = (
    "password adminPass X-Auth-Token access_token client_secret secretKey api_key id_token".split()
)
LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

WAYS = (
    "{n}={v}",
    '{{"{n}": /* of joe */ "{v}"}}',
    "{n}:\n  {v}\n",
    "{n}: >-\n  {v}\n",
    "{n}:\n```\n{v}\n```\n",
    '["{n}"]=>\n  string(20) "{v}"',
    "set {n} {{{v}}}",
    "{n}「{v}」",
    "{n} : « {v} »",
    "{n}是{v}",
    "{n}は{v}です",
    "Setting {n} to {v}",
    "invalid {n}: got {v}",
    "<key>{n}</key>\n\t<string>{v}</string>",
    "<label>{n}:</label> <input value='{v}'>",
    "<table><tr><th>{n}</th></tr><tr><td>{v}</td></tr></table>",
    'form-data; name="f"; filename="{n}.txt"\r\n\r\n{v}\r\n--x--',
    "\x1b[36m{n}\x1b[0m=\x1b[32m{v}\x1b[0m level=info",
    "masked {v}, because {n}={v}",
    'Authorization: Token token="{v}"',
    "SELECT 1 FROM t WHERE {n} LIKE '{v}'",
    "$3\r\nSET\r\n$12\r\n{n}\r\n$20\r\n{v}\r\n",
    "{n}                              = {v}",
    "host:\t\t\t\th\n{n}:                              {v}",
    "{n}                    {v}",
    "The `{n}` is `{v}`.",
    "{n} = b&#x27;{v}&#x27;",
    "key,value\nhost,h\n{n},{v}\n",
    "a\nb\nc\nd\ne\n+---+---+\n| Field | Value |\n+---+---+\n| {n} | {v} |\n+---+---+\n",
    "INSERT INTO `users` (`name`, `{n}`) VALUES ('x;y''z', '{v}')",
    "replace into users (a, {n})\nvalues\n(null, '{v}'),\n(now(), '{v}');",
    "GET https://h/v2/images/{n}/{v}/x",
)


def _after_each_line(sign: str) -> Callable[[str], str]:
    return lambda text: "\n".join(sign + line for line in text.split("\n"))


PLACES: dict[str, Callable[[str], str]] = {
    "itself": str,
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "packed": lambda text: base64.b64encode(zlib.compress(text.encode())).decode(),
    "percent-encoded": quote,
    "a string of JSON": json.dumps,
    "a string in a string": lambda text: json.dumps(json.dumps({"a": text})),
}
LINES: dict[str, Callable[[str], str]] = {
    "a comment": _after_each_line("# "),
    "a quoted mail": _after_each_line("> "),
    "a log": _after_each_line("2026-11-28 07:12:36.123 12 DEBUG glance.api [req-1 - -] "),
}


def _secret(random: Random) -> str:
    return f"q7{''.join(random.choices(LETTERS, k=18))}"


def _is_in(secret: str, text: str) -> bool:
    """Whether a text shows a secret or its end, as it is or encoded as one of the places does."""
    shown = [text, unquote(text)]
    for encoded in (secret, base64.b64encode(secret.encode("utf-16-le")).decode()):
        shown += [encoded] if encoded[4:-4] in text else []
    for skip in range(3):
        encoded = base64.b64encode(b"x" * skip + secret.encode()).decode()[4:-4]
        shown += [secret] if encoded in text else []
    return any(secret[8:] in one for one in shown)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_found_in_each_way_and_place(way: str, place: str) -> None:
    random = Random(f"{way} {place}")
    for _ in range(share_of(40)):
        secret = _secret(random)
        text = PLACES[place](way.format(n=random.choice(NAMES), v=secret))

        scrubbed = scrub(text)

        assert text != scrubbed
        assert not _is_in(secret, scrubbed), text


@pytest.mark.parametrize("place", LINES)
@pytest.mark.parametrize(
    "way", ["{n}: |\n  {v}\n", "{n}: >-\n  {v}", "{n}=\\\n  {v}", "{n}:\n  {v}"]
)
def test_a_secret_below_its_name_is_found_after_the_signs_of_lines(way: str, place: str) -> None:
    random = Random(f"{way} {place}")
    for _ in range(share_of(40)):
        secret = _secret(random)
        text = LINES[place](way.format(n=random.choice(NAMES), v=secret))

        assert not _is_in(secret, scrub(f"all of it:\n{text}\nand no more")), text


def _stored(interaction: Interaction) -> str:
    found = Redactor(StandIns(b"a key for these tests")).interaction(interaction)
    bodies = (found.request_body, found.response_body)
    raw = b"\n".join(from_readable(body.readable(), "body") for body in bodies)
    return f"{found.interaction} {raw.decode('latin-1')}"


FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.mark.parametrize(
    "text",
    [
        '<x value="{v}" name="api_key"/>',
        "a:\n  password: {v}\n",
        "note=%26%23112;&#97;ssword={v}",
    ],
)
def test_what_only_calls_itself_a_form_is_searched_as_text(text: str) -> None:
    secret = _secret(Random(text))
    request = Request("POST", "http://h/v2/images", FORM, text.format(v=secret).encode())

    assert not _is_in(secret, _stored(Interaction(request, Response(201, "Created"))))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "镜像的密码：{v}"),
        ("gb18030", "镜像 masterKey是{v}"),
        ("shift_jis", "パスワードは{v}です"),
        ("euc_kr", "비밀번호: {v}"),
        ("cp1251", "Пароль: {v}"),
    ],
)
def test_a_secret_in_text_that_is_not_utf_8_is_not_stored(encoding: str, text: str) -> None:
    secret = _secret(Random(text))
    body = text.format(v=secret).encode(encoding)
    answer = Response(500, "Internal Server Error", (("Content-Type", "text/plain"),), body)

    assert not _is_in(secret, _stored(Interaction(Request("GET", "http://h/v2/images"), answer)))


@pytest.mark.parametrize("header", ["User-Agent", "Accept-Language"])
def test_a_secret_that_a_header_repeats_is_not_stored(header: str) -> None:
    secret = _secret(Random(header))
    request = Request("GET", "http://h/v2/images", ((header, f"x password={secret} y"),))
    body = json.dumps({"images": [{"name": f"seen {secret}"}]}).encode()

    assert not _is_in(secret, _stored(Interaction(request, Response(200, "OK", (), body))))


@pytest.mark.parametrize("line", ["\n", "\r\n", "<br>", " "])
def test_a_key_in_a_path_is_not_stored(line: str) -> None:
    """Base64 has slashes in it, and so has the path."""
    secret = _secret(Random(line))
    lines = ["MIIEpAIBAAKCAQEA/mdEKV2PnM1yw", f"CXh2/QULDIjlfNOuw/{secret}", "8XoUW5I0/Ysksjlk"]
    key = line.join(["-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----"])
    request = Request("GET", f"http://h/v2/images/{quote(key, safe='/')}")

    assert not _is_in(secret, _stored(Interaction(request, Response(404, "Not Found"))))


@pytest.mark.parametrize("place", ["sword", "fish " * 7, "fish " * 9])
def test_a_token_over_two_lines_of_quoted_printable_is_found(place: str) -> None:
    secret = _secret(Random(place)) * 4
    text = quopri.encodestring(f"{place} gAAAAABl{secret} and more".encode()).decode()

    assert secret[-8:] not in scrub(text).replace("=\n", "")


@pytest.mark.parametrize("value", ["xxcgzKcnKwf7hSkM4nQ", "a1AkzzPwQ9b7SkTx"])
def test_a_value_with_a_short_name_in_it_is_no_name(value: str) -> None:
    """`Sk` and `Ak` are names: in random letters they are there by chance."""
    body = json.dumps({"images": [{"x": ["auth_token", value]}]}).encode()
    answer = Response(200, "OK", (), body)

    assert value not in _stored(Interaction(Request("GET", "http://h/v2/images"), answer))
    assert value not in scrub(f'map.put("auth_token", "{value}");')


@pytest.mark.parametrize("count", [2, 40])
@pytest.mark.parametrize("beside", ["{v}", "a/{v}.", "({v}, b)", "x-{v}-y"])
def test_few_and_many_secrets_are_found_where_the_text_repeats_them(
    beside: str, count: int
) -> None:
    random = Random(f"{beside} {count}")
    for start in ("", "q7q7q7q7q7"):
        secrets = [f"{start}{_secret(random)}" for _ in range(count)]
        lines = (f"password={one} and then {beside.format(v=one)}" for one in secrets)

        scrubbed = scrub("\n".join(lines))

        assert not [one for one in secrets if _is_in(one, scrubbed)]


@pytest.mark.parametrize("sign", ["=", "-"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_a_document_and_a_program_repeat_stays(sign: str, end: str) -> None:
    """Names in a program are no secrets elsewhere, and headings end in signs."""
    random = Random(f"{sign} {end}")
    words = "self key file header cookie value names pos only path2".split()
    for _ in range(share_of(100)):
        name = random.choice("._").join(random.choices(words, k=random.randint(2, 4)))
        name += random.choice(["", "[1]", "12"])
        rest = end.join([f"# {sign * 40}", f"# see {name}", "# of the time", "", f"x({name})"])
        text = end.join(["password = REDACTED", f"cookie = {name}", rest])

        assert rest in scrub(text), name


@pytest.mark.parametrize(
    "text",
    [
        '["password", "token"]',
        "predicate for pass\n# =====\n# predicates for select\n# =====\n",
        '"auth_token", "access_key", "secret"',
        "the password is expected in English",
        "pass to ubuntu2204-server, which passes to joe@example1.com",
        "Login: ubuntu/24.04, and then token for image-2024x",
        "token received, image ubuntu-22.04",
        'filename="ubuntu-22.04.qcow2"\r\n\r\nx9rT41sa q',
        "镜像的名称是ubuntu2204-server-amd64",
        "<tr><th>Password</th></tr><tr><td>Change your password</td></tr>",
        "WHERE name LIKE 'ubuntu-22.04-x9rT41sa'",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert text == scrub(text)


@pytest.mark.parametrize("text", ["password for root: {v}", "the token {v} failed", "pwd is {v}"])
def test_a_secret_in_base64_is_found_wherever_its_slashes_are(text: str) -> None:
    random = Random(text)
    for _ in range(share_of(200)):
        raw = random.randbytes(random.choice([24, 32, 48]))
        head = random.randbytes(random.randrange(6)).hex()[:5].upper()
        secret = f"{head}/{base64.b64encode(raw).decode()}"

        scrubbed = scrub(text.format(v=secret))

        assert secret[8:] not in scrubbed, secret


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize("text", ["contrase\u00f1a: {v}", "m\u00e3o, password\u00a0=\u00a0{v}"])
def test_a_secret_is_found_in_utf_8_that_was_read_as_something_else(
    text: str, encoding: str
) -> None:
    secret = _secret(Random(text))
    misread = text.format(v=secret).encode().decode(encoding)

    assert secret not in scrub(misread)
    assert secret not in scrub(json.dumps({"message": f"seen {misread}"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("passphrase: correct horse battery staple\nb: 1", "passphrase: REDACTED\nb: 1"),
        ("wpa_passphrase=correct horse\n", "wpa_passphrase=REDACTED\n"),
        ('["A=b", "PASSWORD=correct horse"]', '["A=b", "PASSWORD=REDACTED"]'),
        ('val password: String = "a\\"b c"\n', "val password: REDACTED\n"),
        (
            "INSERT INTO u (a, sk) VALUES (1, 'it\\'s x')",
            "INSERT INTO u (a, sk) VALUES (1, REDACTED)",
        ),
        ("# user,password\njoe,swordfish\n", "# user,password\njoe,REDACTED\n"),
    ],
)
def test_a_value_ends_where_the_text_around_it_says(text: str, expected: str) -> None:
    assert expected == scrub(text)


def test_a_page_about_encodings_keeps_its_text() -> None:
    """It has five of them beside each other, and so 31 readings."""
    page = (
        "Write `%3D` for a sign, `&lt;` for an element, `\\u0041` for a letter,\n"
        "`=3D=3D` in mails, and an accent: \u00e9.\n"
    ) * 200

    assert page.count("`%3D`") == scrub(page).count("`%3D`")


COLUMNS = ("id", "name", "password", "size", "apiToken", "note", "sk", "created_at")
SECRET_COLUMNS = frozenset(("password", "apiToken", "sk"))


def test_of_inserted_rows_the_values_of_secret_columns_are_replaced_and_no_others() -> None:
    random = Random(7)
    for _ in range(share_of(200)):
        columns = random.sample(COLUMNS, k=random.randint(2, len(COLUMNS)))
        quote_of = random.choice(["", "`", '"'])
        rows, hidden, kept = [], [], []
        for _ in range(random.randint(1, 4)):
            cells = []
            for column in columns:
                letters = "".join(random.choices("abcdefgh", k=12))
                words = random.choice(["", "a;", "x(", "y)", ", "]) + letters
                (hidden if column in SECRET_COLUMNS else kept).append(letters)
                cells.append("'" + words + random.choice(["", "''", " b"]) + "'")
            rows.append(f"({random.choice([', ', ',']).join(cells)})")
        names = ", ".join(f"{quote_of}{one}{quote_of}" for one in columns)
        between = random.choice([", ", ",\n  "])
        verb = random.choice(["INSERT INTO", "insert  ignore into", "REPLACE INTO"])
        text = f"{verb} users ({names}) VALUES {between.join(rows)};\nSELECT 1;"

        scrubbed = scrub(text)

        assert [] == [one for one in hidden if one in scrubbed], text
        assert [] == [one for one in kept if one not in scrubbed], text


def test_of_statements_that_were_cut_the_last_is_searched_too() -> None:
    """Some are read to the end of the text, in which nothing closes them; then no more are."""
    cut = "INSERT INTO users (name, token) VALUES ('x', concat(\n" * 50
    text = f"{cut}INSERT INTO users (name, token)\nVALUES\n('y', 'x9rT41sa'),\n('z', 'k3Vb82qw')\n"

    scrubbed = scrub(text)

    assert "x9rT41sa" not in scrubbed
    assert "k3Vb82qw" not in scrubbed
    assert "'z'" in scrubbed


@pytest.mark.parametrize("begins", ["VALUES (1", "VALUES ('x', (", "SELECT (1"])
def test_a_statement_that_was_cut_is_read_in_the_same_time_however_many_there_are(
    begins: str,
) -> None:
    steps = {count: _steps_of(f"INSERT INTO a (token) {begins}\n" * count) for count in (10, 80)}

    assert steps[80] / 80 < 1.5 * steps[10] / 10


def _steps_of(text: str) -> int:
    """Count the lines of Python that are run to search a text a second time."""
    steps = 0

    def note(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal steps
        steps += 1
        return note

    scrub(text)
    before = sys.gettrace()
    sys.settrace(note)
    try:
        scrub(text)
    finally:
        sys.settrace(before)
    return steps
