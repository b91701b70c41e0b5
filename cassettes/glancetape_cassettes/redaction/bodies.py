"""Redacting bodies: JSON by the names of its members, everything else by its form."""

import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

from glancetape_cassettes.formats.body import TOKEN, is_deep, parse_json, readable_json
from glancetape_cassettes.redaction.known_secrets import RedactedBody, laid_out
from glancetape_cassettes.redaction.policy import (
    KEYSTONE_KEEP,
    KEYSTONE_OWNERS,
    KEYSTONE_PUBLIC,
    KEYSTONE_URLS,
    PLACEHOLDER,
    Treatment,
    fold,
)
from glancetape_cassettes.redaction.secret_patterns import scrub, scrub_binary

# Most of what pages consist of: UUIDs and checksums, links to images, times.
_ORDINARY = re.compile(
    r"(?:/v2/images/)?[0-9a-f-]{32,36}(?:/file)?\Z|\d{4}-\d\d-\d\d[T ][\d:.]{8,15}Z?\Z"
).match
# Links with parameters, or to what belongs to somebody.
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:/)?/[^\s?]*(?:\?|/(?:members|projects|users|domains|tenants|groups)/|/AUTH_)"
    r"\S*\Z",
    re.IGNORECASE,
).match
_FLAGS = frozenset(["true", "false", "True", "False"])
"""What IMS writes for yes and no, as in `"ssh_key": "true"` of `__os_feature_list`."""
_HIDDEN = (Treatment.SECRET, Treatment.DROP)
_MOST_CACHED = 256
_NAMES_OF_A_VALUE = ("path", "add", "replace", "name", "key")
"""Members that name what stands in `value` beside them: JSON patches, tags."""


class Rules(Protocol):
    """What the redaction of a body needs to know of the Redactor."""

    treatments: Mapping[str, Treatment]

    def stand_in(self, treatment: Treatment, value: str, ids: dict[str, str]) -> str:
        """Give what is written for an id, name or token."""
        ...

    def link(self, link: str, ids: dict[str, str], secrets: set[str]) -> str:
        """Redact a link as the URI of a request."""
        ...


class BodyRedaction:
    """Redacts one body; ids and secrets that it meets are noted for the rest of the exchange."""

    def __init__(
        self, rules: Rules, ids: dict[str, str], secrets: set[str], keystone: bool
    ) -> None:
        """Take the rules and where to note ids and secrets."""
        self._rules = rules
        self._treatments = rules.treatments
        self._ids = ids
        self._secrets = secrets
        self._keystone = keystone

    def redact(self, body: bytes) -> RedactedBody:
        """Redact a body of any kind."""
        if not body:
            return RedactedBody("")
        try:
            return self._redact(body)
        except RecursionError:
            return self._deep(body.decode())

    def _redact(self, body: bytes) -> RedactedBody:
        parsed = parse_json(body)
        if parsed is not None:
            value, layout = parsed
            return RedactedBody(readable_json(self._value(value)), layout)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return RedactedBody(scrub_binary(body))
        return self._irregular(text)

    def _irregular(self, text: str) -> RedactedBody:
        """Redact text that is no JSON, or JSON in a layout that cannot be made again."""
        if is_deep(text):
            return self._deep(text)
        hidden: list[Any] = []
        try:
            value = json.loads(text, object_pairs_hook=lambda pairs: _members_of(pairs, hidden))
        except ValueError:
            return RedactedBody(scrub(text))
        if not isinstance(value, dict | list):
            return RedactedBody(scrub(text))
        before = json.dumps([value, hidden])
        redacted = self._value(value)
        if json.dumps([redacted, [self._value(one) for one in hidden]]) == before:
            return RedactedBody(text)
        if hidden:  # what a repeated name hid goes with the layout
            return laid_out(redacted)
        for real, stand_in in self._ids.items():
            text = text.replace(f'"{real}"', f'"{stand_in}"')
        try:
            same = json.loads(text) == redacted
        except ValueError:
            same = False
        return RedactedBody(text) if same else laid_out(redacted)

    def _deep(self, text: str) -> RedactedBody:
        """Redact JSON nested deeper than functions recurse: exact where nothing is secret."""
        if self._keystone:
            return RedactedBody(PLACEHOLDER)
        try:
            return RedactedBody(self._in_text(text))
        except RecursionError:  # such JSON in a string in such JSON
            return RedactedBody(PLACEHOLDER)

    def _in_text(self, text: str) -> str:
        here, around = Treatment.KEEP, [Treatment.KEEP]  # for the next value; for those beside it

        def one(found: re.Match[str]) -> str:
            nonlocal here
            token = found[0]
            if found["colon"]:
                name, hidden = json.loads(found["string"], strict=False), around[-1] in _HIDDEN
                here = around[-1] if hidden else self._treatments[name]
                return token if scrub(name) == name else json.dumps(scrub(name)) + found["colon"]
            if token in "{[":
                here = Treatment.KEEP if token == "{" and here not in _HIDDEN else here
                around.append(here)
            elif token in "}],":
                if token != "," and len(around) > 1:
                    around.pop()
                here = around[-1]
            else:
                return self._token(here, token)
            return token

        try:
            return TOKEN.sub(one, text)
        except ValueError:
            return scrub(text)

    def _token(self, treatment: Treatment, token: str) -> str:
        value = json.loads(token, strict=False)
        redacted = self._under(treatment, value)
        return token if redacted == value else json.dumps(redacted, ensure_ascii=False)

    # -- values -----------------------------------------------------------------------------

    def _value(self, value: Any) -> Any:
        if self._keystone:
            return self._keystone_value(value, "", "")
        return self._under(Treatment.KEEP, value)

    def _under(self, treatment: Treatment, value: Any) -> Any:
        kind = value.__class__
        if kind is dict:
            return self._wipe(value) if treatment in _HIDDEN else self._members(value)
        if kind is list:
            return [self._under(treatment, one) for one in value]
        if kind is str:
            return self._string(treatment, value)
        if treatment in _HIDDEN and value is not None and kind is not bool:
            return PLACEHOLDER
        return value

    def _members(self, members: dict[str, Any]) -> dict[str, Any]:
        # The loop that every value of every page goes through: no calls for what is ordinary.
        treatments, keep, odd_name = self._treatments, Treatment.KEEP, False
        if "value" in members:
            members["value"] = self._under(self._treatment_of_value(members), members["value"])
        for name, value in members.items():
            treatment = treatments[name]
            if treatment is not keep:
                odd_name = odd_name or treatment is Treatment.DROP
                members[name] = self._under(treatment, value)
            elif value.__class__ is str:
                if value not in _PLAIN_VALUES and not _ORDINARY(value):
                    members[name] = self._string(keep, value)
            elif value and (value.__class__ is list or value.__class__ is dict):
                members[name] = self._under(keep, value)
        if odd_name:
            return {scrub(name): value for name, value in members.items()}
        return members

    def _treatment_of_value(self, members: dict[str, Any]) -> Treatment:
        for key in _NAMES_OF_A_VALUE:
            if isinstance(path := members.get(key), str):
                for name in path.replace("~1", "/").split("/")[:20]:
                    if (treatment := self._treatments[name]) is not Treatment.KEEP:
                        return treatment
        return Treatment.KEEP

    def _string(self, treatment: Treatment, value: str) -> str:
        if treatment is Treatment.KEEP:
            if value in _PLAIN_VALUES:
                return value
            if _LINK(value):
                return self._rules.link(value, self._ids, self._secrets)
            redacted = self._json_in_string(value) if _is_like_json(value) else scrub(value)
            if redacted == value and len(value) <= _MOST_CACHED:
                _note_plain(value)
            return redacted
        if treatment in _HIDDEN:
            if value in _FLAGS:
                return value
            self._secrets.add(value)
            return PLACEHOLDER if value else value
        return self._rules.stand_in(treatment, value, self._ids)

    def _json_in_string(self, value: str) -> str:
        if is_deep(value):
            return self._in_text(value)
        try:
            inner = json.loads(value)
        except ValueError:
            return scrub(value)
        before = json.dumps(inner)
        redacted = self._under(Treatment.KEEP, inner)
        return value if json.dumps(redacted) == before else json.dumps(redacted)

    def _wipe(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._wipe(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._wipe(one) for one in value]
        return self._under(Treatment.SECRET, value)

    # -- Keystone ---------------------------------------------------------------------------

    def _keystone_value(self, value: Any, name: str, owner: str) -> Any:
        """Walk a Keystone body; `owner` is the nearest name above that says whose ids follow."""
        if isinstance(value, dict):
            below = name if name in KEYSTONE_OWNERS | KEYSTONE_PUBLIC else ""
            if name in ("links",):
                below = owner or name
            return {
                scrub(key): self._keystone_value(one, fold(key), below)
                for key, one in value.items()
            }
        if isinstance(value, list):
            return [self._keystone_value(one, name, owner) for one in value]
        if isinstance(value, str):
            return self._keystone_string(value, name, owner)
        if self._treatments[name] is Treatment.SECRET and value is not None and value is not True:
            return PLACEHOLDER if value is not False else value
        return value

    def _keystone_string(self, value: str, name: str, owner: str) -> str:
        if not value:
            return value
        if name in ("id", "name"):
            return self._keystone_identity(value, name, owner)
        if name in KEYSTONE_URLS:
            return self._string(Treatment.KEEP, value)
        if name in KEYSTONE_KEEP or name == "message":
            return scrub(value)
        treatment = self._treatments[name]
        if treatment in (Treatment.ID, Treatment.NAME):
            return self._rules.stand_in(treatment, value, self._ids)
        self._secrets.add(value)
        return PLACEHOLDER

    def _keystone_identity(self, value: str, name: str, owner: str) -> str:
        if owner in KEYSTONE_OWNERS:
            treatment = Treatment.ID if name == "id" else Treatment.NAME
            return self._rules.stand_in(treatment, value, self._ids)
        if owner in KEYSTONE_PUBLIC:
            return scrub(value)
        self._secrets.add(value)
        if name == "id":  # the token itself, where a client sends or reads it in a body
            return self._rules.stand_in(Treatment.TOKEN, value, self._ids)
        return PLACEHOLDER


def _is_like_json(value: str) -> bool:
    return value.lstrip()[:1] in ("{", "[")


_PLAIN_VALUES: set[str] = set()
_MOST_PLAIN = 8192


def _note_plain(value: str) -> None:
    if len(_PLAIN_VALUES) >= _MOST_PLAIN:
        _PLAIN_VALUES.clear()
    _PLAIN_VALUES.add(value)


def _members_of(pairs: list[tuple[str, Any]], hidden: list[Any]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            hidden.append({name: members[name]})
        members[name] = value
    return members
