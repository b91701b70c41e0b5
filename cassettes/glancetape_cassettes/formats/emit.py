"""Writing an interaction as YAML, in one fixed layout that reads well in a diff.

PyYAML's dumper takes several milliseconds for a page of images. This layout is small enough to
write directly; the tests read it with PyYAML and compare.
"""

import base64
from typing import TYPE_CHECKING

from glancetape_cassettes.formats.body import ReadableBody
from glancetape_cassettes.interaction import Headers, Interaction
from glancetape_cassettes.later import later
from glancetape_cassettes.lazy_regex import lazy_compile

if TYPE_CHECKING:
    import yaml
else:  # only odd text is compared with what a parser makes of it
    yaml = later("yaml")

_PLAIN = lazy_compile(
    r"[A-Za-z/][A-Za-z0-9_./-]*\Z|https?://[A-Za-z0-9_./?&=%+,~@:-]*[A-Za-z0-9_/=&?+]\Z"
)
NOT_TEXT_IN_YAML = frozenset("y n yes no true false on off null".split())
"""Words that YAML 1.1 takes for truth values or null, in lower case."""
_PRINTABLE = lazy_compile(r"[ -~]*\Z")
_WIDE = "\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
_BLOCK = lazy_compile(rf"[!-~{_WIDE}][\t\n -~\xa0{_WIDE}]*\Z")
_ESCAPED = lazy_compile("[^ !#-\\[\\]-~\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_BODY_INDENT = "\n        "


def scalar(text: str) -> str:
    """Return a string as a YAML scalar on one line: plain, 'single' or "double" quoted."""
    if _PLAIN.match(text) and text.lower() not in NOT_TEXT_IN_YAML:
        return text
    if _PRINTABLE.match(text):
        return "'" + text.replace("'", "''") + "'"
    return _double_quoted(text)


def _double_quoted(text: str) -> str:
    return '"' + _ESCAPED.sub(lambda found: f"\\U{ord(found[0]):08x}", text) + '"'


def _headers(headers: Headers) -> list[str]:
    if not headers:
        return ["    headers: {}"]
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    lines = ["    headers:"]
    for name, values in grouped.items():
        lines.append(f"      {scalar(name)}:")
        lines.extend(f"      - {scalar(value)}" for value in values)
    return lines


def _content(stored: ReadableBody) -> str:
    """Return a body as the value of a key that is indented by six blanks."""
    content = stored.content
    if isinstance(content, bytes):
        lines = base64.encodebytes(content).decode().rstrip("\n").replace("\n", _BODY_INDENT)
        return f"!!binary |{_BODY_INDENT}{lines}"
    if stored.layout is not None:
        return f"|-{_BODY_INDENT}" + content.replace("\n", _BODY_INDENT)
    if "\n" not in content or not _BLOCK.match(content):
        return scalar(content)
    block = _block(content)
    # YAML changes some white space at the end of a block; text that changes is quoted instead.
    return block if yaml.safe_load(f"a: {block}\n") == {"a": content} else _double_quoted(content)


def _block(content: str) -> str:
    lines = content.split("\n")
    tail = len(lines) - len(content.rstrip("\n").split("\n"))
    indented = _BODY_INDENT.join(lines[:-1] if tail else lines)
    return "|" + ("-", "", "+")[min(tail, 2)] + _BODY_INDENT + indented


def emit(interaction: Interaction, request_body: ReadableBody, response_body: ReadableBody) -> str:
    """Return an interaction as an item of the list `interactions`, with a newline at the end.

    `recorded_at` comes last, so that an item without it is known to be torn.
    """
    request, response = interaction.request, interaction.response
    lines = [
        "- request:",
        f"    method: {scalar(request.method)}",
        f"    uri: {scalar(request.uri)}",
        f"    body: {_content(request_body) if request_body.content else 'null'}",
        *_headers(request.headers),
        "  response:",
        "    status:",
        f"      code: {response.status}",
        f"      message: {scalar(response.reason)}",
        *_headers(response.headers),
        "    body:",
        f"      string: {_content(response_body)}",
    ]
    if response_body.layout is not None:
        lines.append("  glancetape:")
        lines.append(f"    json: {response_body.layout.style}")
        if response_body.layout.end:
            lines.append(f"    end: {_double_quoted(response_body.layout.end)}")
    if interaction.passed_through:
        lines += ["  glancetape:", "    passed_through: true"]
    lines.append(f"  recorded_at: {scalar(interaction.recorded_at)}")
    return "\n".join(lines) + "\n"
