"""Secrets whose name is a value itself: lists of names and values in text.

- name: password            {"value": "x", "key": "password"}
  value: x
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.expressions.long_texts import find_all
from glancetape_cassettes.redaction.forms.form import SAMPLE, Span, form, in_order, spans_form
from glancetape_cassettes.redaction.forms.values import HIDDEN, block_at, value_at
from glancetape_cassettes.redaction.names.secret_names import is_secret_name

NAMING = frozenset(
    "name key k id option field var variable label property parameter type parametername "
    "parameterkey optionname outputkey format header attribute".split()
)
"""Members whose value names the value beside them, folded."""
VALUED = frozenset(
    "value v val content contents default data text to values new current example "
    "parametervalue optionvalue outputvalue".split()
)
"""Members that hold that value, folded."""
_OF_A_MARK = frozenset("value default parametervalue optionvalue outputvalue".split())
MARKED: dict[str, frozenset[str]] = {
    **dict.fromkeys(("sensitive", "issensitive"), VALUED),
    **dict.fromkeys("secret issecret secure issecure masked ismasked noecho".split(), _OF_A_MARK),
}
"""Members that say, when they are true, that others beside them are secret, all folded.

Of a connection or an answer that is `secure` no `data` or `text` is.
"""

_QUOTE = r"\\*[\"']?"
_NAMING = lazy_compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(NAMING))}){_QUOTE}\s{{0,9}}[:=]\s{{0,9}}{_QUOTE}"
    r"(?P<name>[\w./-][\w ./-]{0,60}?)\\*[\"']?\s{0,3}(?=[,\r\n;)>}\]]|\s[\w-]+[=:]|\Z)",
    re.IGNORECASE,
)
# A file that a machine is set up with, as cloud-init, Ansible and Nova write it.
_FILE = lazy_compile(
    rf"(?<![\w-])(?:path|dest|destination|filename|file_path){_QUOTE}\s{{0,9}}[:=]\s{{0,9}}{_QUOTE}"
    r"(?=[^\s\"',]{0,200}/)(?P<name>[A-Za-z0-9_./~+@-]{1,200})",
    re.IGNORECASE,
)
_CONTENT = lazy_compile(
    rf"(?<![\w-])contents?{_QUOTE}\s{{0,9}}(?P<sign>[:=])\s{{0,9}}", re.IGNORECASE
)
# What HCL declares: `variable "password" { default = "x" }`.
_LABELLED = lazy_compile(
    r"\b(?:variable|output|parameter|setting|secret)\s{1,3}\"(?P<name>[\w.-]{1,60})\"\s{0,3}\{",
    re.IGNORECASE,
)
_VALUED = lazy_compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(VALUED))}){_QUOTE}\s{{0,9}}[:=]\s{{0,9}}", re.IGNORECASE
)
_REACH = 400
_ENDS = lazy_compile(r"[{}]|\n\s{0,40}- ")


def _secrets_in_records(text: str) -> Iterator[Span]:
    yield from in_order(chain(_beside_names(text), _contents_of_files(text)))


def _beside_names(text: str) -> Iterator[Span]:
    """Yield the values near the name of a secret, each once: many names share their values."""
    values = list(find_all(_VALUED, text))
    if not values:
        return
    starts = [one.start() for one in values]
    borders = [(one.start(), one.end()) for one in _ENDS.finditer(text)]
    wanted: set[int] = set()
    for found in (*find_all(_NAMING, text), *find_all(_LABELLED, text)):
        if is_secret_name(found["name"]):
            first, last = _record_around(found, borders)
            wanted.update(range(bisect_left(starts, first), bisect_left(starts, last)))
    end = 0
    for number in sorted(wanted):
        if values[number].end() < end:  # in the brackets of an earlier value, which may be long
            continue
        span = value_at(text, values[number].end())
        end = span[1] if span else end
        if span and not HIDDEN.match(text[slice(*span)]):
            yield starts[number], *span


def _contents_of_files(text: str) -> Iterator[Span]:
    """Yield what is in a file whose path names a secret: `/etc/vault/token`, `~/.ssh/id_rsa`."""
    contents = list(find_all(_CONTENT, text))
    if not contents:
        return
    starts = [one.start() for one in contents]
    borders = [(one.start(), one.end()) for one in _ENDS.finditer(text)]
    wanted: set[int] = set()
    for found in find_all(_FILE, text):
        if any(is_secret_name(part) for part in found["name"].split("/") if part):
            first, last = _record_around(found, borders)
            wanted.update(range(bisect_left(starts, first), bisect_left(starts, last)))
    end = 0
    for number in sorted(wanted):
        content = contents[number]
        if content.end() < end:
            continue
        is_yaml = content["sign"] == ":"
        block = block_at(text, content.start(), content.end("sign")) if is_yaml else None
        span = block or value_at(text, content.end())
        end = span[1] if span else end
        if span and span[1] > span[0] and not HIDDEN.match(text[slice(*span)]):
            yield starts[number], *span


def _record_around(found: re.Match[str], borders: list[tuple[int, int]]) -> tuple[int, int]:
    """Return where the record that a name is in begins and ends, at most so far away."""
    first, last = found.start() - _REACH, found.end() + _REACH
    after = bisect_left(borders, (found.end(), 0))
    if after < len(borders):
        last = min(last, borders[after][0])
    before = bisect_left(borders, (found.start(), 0)) - 1
    if before >= 0:
        first = max(first, borders[before][1])
    return first, last


_SIGN = r"\\*[\"']?\s{0,9}[:=]\s{0,9}"
_IS_TRUE = _SIGN + r"[\"']?true\b"
_OPEN = r"(?:\\*[\"'])?"
_UP_TO_A_QUOTE = (
    r"(?!REDACTED)(?:(?<=\")[^\"\\\n]{1,400}|(?<=')[^'\n]{1,400}|(?<![\"'])[^\s\"'\\{},]{1,400})"
)
_SENSITIVE = rf"(?<![\w-])(?:is_?)?sensitive{_IS_TRUE}"
_MARK = rf"(?<![\w-])(?:is_?)?(?:secret|secure|masked){_IS_TRUE}"
_NEXT = r"(?:\r?\n[ \t\"']{0,40})?"
"""Matches the end of a line and how the next one is indented."""
_UP_TO_A_LINE = (
    r"(?!REDACTED)(?:(?<=\")[^\"\\\n]{1,400}|(?<=')[^'\n]{1,400}"
    r"|(?<![\"'])[^\s{}\"'][^\n]{0,400})"
)


def _beside(mark: str, value: str) -> str:
    """Return an expression for values beside a mark, which may come before them or after them.

    Both are members of one object, or lines that are as far in. Groups 1, 2, 3 and 5 are what is
    before the value.
    """
    name = rf"[\"']?\b{value}{_SIGN}{_OPEN}"
    return (
        rf"(\{{[^{{}}]{{0,400}}?\b{value}{_SIGN}{_OPEN}){_UP_TO_A_QUOTE}(?=[^{{}}]{{0,200}}?{mark})"
        rf"|({mark}[^{{}}]{{0,200}}?\b{value}{_SIGN}{_OPEN}){_UP_TO_A_QUOTE}(?=[^{{}}]{{0,200}}\}})"
        rf"|(\n(?P<in>[ \t]{{1,40}}){name}){_UP_TO_A_LINE}"
        rf"(?=(?:\n(?P=in)[^\n]{{0,200}}){{0,9}}?\n(?P=in)[\"']?{mark})"
        rf"|(\n(?P<on>[ \t]{{1,40}})[\"']?{mark}[^\n]{{0,40}}"
        rf"(?:\n(?P=on)[^\n]{{0,200}}){{0,9}}?\n(?P=on){name}){_UP_TO_A_LINE}"
    )


BARBICAN = form(
    "payload of a secret",
    "::secret|payload_content",
    r"(OS::Barbican::Secret\b.{0,400}?\bpayload[\"']?:\s{0,9})[^\s{}][^\n}]{0,400}"
    r"|(\bpayload\\*[\"']?[=:]\s{0,9})(?!REDACTED)[^\s{}][^\s,}]{0,400}(?=.{0,200}payload_content)"
    r"|(payload_content_(?:type|encoding).{0,200}?\bpayload\\*[\"']?[=:]\s{0,9})(?!REDACTED)[^\s{}][^\s,}]{0,400}",
    r"\1\2\3REDACTED",
    examples=(
        f"type: OS::Barbican::Secret\n    properties:\n      payload: {SAMPLE}\n",
        f'{{"payload": "{SAMPLE}", "payload_content_type": "text/plain"}}',
        f"payload_content_type: text/plain\npayload: {SAMPLE}",
    ),
    counterexamples=("payload: x", '{"payload_content_type": "text/plain"}'),
)
"""What Barbican keeps; in other places a payload is anything."""
BESIDE_A_MARK = (
    BARBICAN,
    form(  # an access key is harmless by its name alone
        "access key",
        "access",
        r"(\baccess\\*[\"']\s{0,3}:\s{0,3}\\*[\"'])(?!REDACTED)[\w+/=-]{8,200}"
        r"(?=\\*[\"'],\s{0,9}\\*[\"']secret)"
        r"|(\|\s{0,9}access\s{1,40}\|\s{0,9})(?!REDACTED)\w{8,200}(?=\s[^{}]{0,900}?\|\s{0,9}secret\s)",
        r"\1\2REDACTED",
        examples=(
            f'{{"access": "{SAMPLE}", "secret": "x"}}',
            f"Field:\n| access | {SAMPLE} |\n| secret | x |",
        ),
        counterexamples=('{"access": "everybody", "name": "x"}',),
    ),
    form(  # of Keystone's credentials; the blob of EC2 is JSON, in which there are names
        "credential",
        "blob",
        r"(\btype\\*[\"']?\s{0,3}[:=]\s{0,3}\\*[\"']?(?:ec2|totp|cert)\b.{0,200}?\bblob\\*[\"']?\s{0,3}[:=]\s{0,3}\\*[\"']?)(?!REDACTED)[^\s\"',}\\]{4,400}"
        r"|(\bblob\\*[\"']?\s{0,3}[:=]\s{0,3}\\*[\"']?)(?!REDACTED)[^\s\"',}\\]{4,400}(?=.{0,200}?\btype\\*[\"']?\s{0,3}[:=]\s{0,3}\\*[\"']?(?:ec2|totp|cert)\b)",
        r"\1\2REDACTED",
        examples=(
            f'{{"type": "totp", "blob": "{SAMPLE}"}}',
            f"{{'blob': '{SAMPLE}', 'user_id': 'joe', 'type': 'totp'}}",
        ),
        counterexamples=('{"type": "blob"}', '{"blob": "abcdefgh", "type": "image"}'),
    ),
    form(  # a private key as JSON (RFC 7517), on either side of its type
        "private key",
        "kty",
        r"(\bkty\\*[\"'].{0,400}?[\s,{]\\*[\"'](?:d|k|p|q|dp|dq|qi)\\*[\"']\s{0,3}:\s{0,3}\\*[\"'])(?!REDACTED)[\w-]{8,}"
        r"|([\s,{]\\{0,8}[\"'](?:d|k|p|q|dp|dq|qi)\\*[\"']\s{0,3}:\s{0,3}\\*[\"'])(?!REDACTED)[\w-]{8,}(?=.{0,400}?\bkty\\*[\"'])",
        r"\1\2REDACTED",
        examples=(
            f'key {{"kty":"oct","k":"{SAMPLE}"}}',
            f'{{"d": "{SAMPLE}", "kty": "EC", "crv": "P-256"}}',
            f'{{\\"kty\\":\\"oct\\",\\"k\\":\\"{SAMPLE}\\"}}',
        ),
        counterexamples=(
            '{"kty": "EC", "x": "abcdefghij", "y": "abcdefghij"}',
            '{"k": "abcdefghij"}',
        ),
    ),
    form(  # what `openstack token issue` prints; a token may be like any id
        "token",
        "expires",
        r"(\|\s{0,9}expires\s{1,40}\|[^\n]{1,100}\n[^\n|]{0,80}\|\s{0,9}id\s{1,40}\|\s{0,9})"
        r"(?!REDACTED)[^\s|]{8,4000}",
        r"\1REDACTED",
        examples=(f"| expires | 2026 |\n| id      | {SAMPLE} |\n| user_id | joe |",),
        counterexamples=("| expires | 2026 |\n| name | ubuntu |", "| id | ubuntu-2204 |"),
    ),
    form(  # as Java and Python print an object
        "token",
        "token{|token(|token[",
        r"(token[{(\[]\s?(?:type=\w{1,40},\s?)?id=\s?[\"']?)(?!REDACTED)"
        r"(?=[a-z_.+/=-]{0,200}\d)[\w.+/=-]{8,4000}",
        r"\1REDACTED",
        examples=(f"Token{{id='{SAMPLE}', expires=1}}", f"KeystoneToken(id={SAMPLE})"),
        counterexamples=("Token(id=5)", "Token(id=identifier)", "Image{id='0123456789'}"),
    ),
    form(
        "password that Terraform made",
        "random_password",
        r"(\brandom_password\b.{0,600}?\bresult\\*[\"']\s{0,3}:\s{0,3}\\*[\"'])(?!REDACTED)[^\"'\\]{4,400}",
        r"\1REDACTED",
        examples=(f'"type": "random_password", "attributes": {{"result": "{SAMPLE}"}}',),
        counterexamples=('resource "random_password" "x" {}', '"result": "ok"'),
    ),
    form(  # of Terraform and CloudFormation
        "value that is marked as secret",
        "sensitive|noecho",
        rf"(\b(?:value|default){_SIGN}{_OPEN}){_UP_TO_A_QUOTE}(?=[^{{}}]{{0,200}}?{_SENSITIVE})"
        rf"|({_SENSITIVE}[^{{}}]{{0,200}}?\b(?:value|default){_SIGN}{_OPEN}){_UP_TO_A_QUOTE}"
        rf"|(\bNoEcho{_IS_TRUE}[^{{}}]{{0,80}}?\bDefault{_SIGN}{_OPEN}){_UP_TO_A_QUOTE}"
        rf"|(\bDefault{_SIGN}{_OPEN}){_UP_TO_A_QUOTE}(?=[^{{}}]{{0,80}}?\bNoEcho{_IS_TRUE})",
        r"\1\2\3\4REDACTED",
        examples=(
            f'{{"admin": {{"value": "{SAMPLE}", "type": "string", "sensitive": true}}}}',
            f'variable "x" {{\n  sensitive = true\n  default = "{SAMPLE}"\n}}',
            f"Admin:\n  NoEcho: true\n  Default: {SAMPLE}\n",
        ),
        counterexamples=(
            '{"value": "a", "sensitive": false}',
            '{"value": "ubuntu", "type": "string", "case-sensitive": true}',
            '{"case_sensitive": true, "default": "ubuntu"}',
            "default: windows; case-sensitive=true",
        ),
    ),
    form(  # of a pipeline; also in one line, or in two where the second begins with the other
        "value that is marked as secret",
        "",
        _beside(_MARK, "(?:value|default)")
        + rf"|(\bvalue{_SIGN}{_OPEN}){_UP_TO_A_QUOTE}(?=[^{{}}\n]{{0,200}}?{_NEXT}{_MARK})"
        rf"|({_MARK}[^{{}}\n]{{0,200}}?{_NEXT}\bvalue{_SIGN}{_OPEN}){_UP_TO_A_QUOTE}",
        r"\1\2\3\5\7\8REDACTED",
        shapes=tuple(word + _IS_TRUE for word in ("secret", "secure", "masked")),
        examples=(
            f'{{"key": "a", "masked": true, "value": "{SAMPLE}"}}',
            f'{{"default": "{SAMPLE}", "name": "a", "secure": true}}',
            f"- key: a\n  value: {SAMPLE}\n  masked: true\n",
            f"key=a value={SAMPLE} is_secret=true",
        ),
        counterexamples=(
            '{"secure": true, "data": "ubuntu", "text": "ubuntu"}',
            "smtp:\n  secure: true\n  port: 25\ndisk:\n  default: ubuntu\n",
            "- name: imap\n  secure: true\n- name: size\n  value: ubuntu\n",
            "- secure: true\n- value: ubuntu\n",
            "secure boot: secure=true, default=uefi",
        ),
    ),
    form(  # of Heat
        "value that is marked as secret",
        "hidden",
        _beside(rf"(?<![\w-])hidden{_SIGN}[\"']?(?:true|yes)\b", "default"),
        r"\1\2\3\5REDACTED",
        only_with=rf"\btype{_SIGN}[\"']?(?:string|number|json|comma_delimited_list)\b",
        examples=(
            f'{{"type": "string", "default": "{SAMPLE}", "hidden": true}}',
            f"a: {{type: string, hidden: true, default: {SAMPLE}}}",
            f"a:\n  type: string\n  hidden: true\n  default: {SAMPLE}\n",
            f"a:\n  default: {SAMPLE}\n  type: string\n  hidden: true\n",
        ),
        counterexamples=(
            "a:\n  default: ubuntu\nb:\n  hidden: true\n",
            "a:\n  hidden: true\nb:\n  default: ubuntu\n",
            '{"a": {"default": "ubuntu"}, "b": {"hidden": true}}',
            '{"name": "a", "default": "ubuntu", "hidden": true}',
            '{"name": "a", "os_hidden": true, "default": "ubuntu"}',
        ),
    ),
)
"""Members that are secrets because of what is beside them."""

RECORDS = spans_form(
    "name and value",
    _secrets_in_records,
    examples=(
        f"- name: password\n  value: {SAMPLE}",
        f'got {{"value": "{SAMPLE}", "key": "pw"}}',
        f'variable "password" {{\n  default = "{SAMPLE}"\n}}',
        f"{{Name:password Value:{SAMPLE}}}",
        f"- path: /etc/vault/token\n  content: {SAMPLE}",
        f"- content: |\n    {SAMPLE}\n  path: /home/app/.ssh/id_ed25519",
        f"copy: dest=/etc/app/db.password content={SAMPLE}",
    ),
    counterexamples=(
        "- path: /etc/motd\n  content: |\n    welcome",
        "path: token, content: text/plain",
        "- name: size\n  value: 1",
        "{name: password}, {name: size, value: 1}",
    ),
)
