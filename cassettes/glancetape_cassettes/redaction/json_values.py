"""Redacting JSON: each value by the name of its member, everything else by its form.

{"owner": "<id>", "os_password": "x", "tags": ["a", "token=abc"]}
{"owner": "facade00...", "os_password": "REDACTED", "tags": ["a", "token=REDACTED"]}
"""

import json
import re
from functools import lru_cache
from typing import Any

from glancetape_cassettes.formats.body import TOKEN, is_deep
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.exchange import Exchange, names_an_owner
from glancetape_cassettes.redaction.forms.random_letters import is_random
from glancetape_cassettes.redaction.forms.records import MARKED, NAMING, VALUED
from glancetape_cassettes.redaction.forms.values import is_name_of_a_secret
from glancetape_cassettes.redaction.policy import PLACEHOLDER, Treatment
from glancetape_cassettes.redaction.scrubbing import scrub
from glancetape_cassettes.redaction.secret_patterns import secrets_in
from glancetape_cassettes.redaction.urls import redact_link

# Most of what pages consist of: UUIDs and checksums, links to images, times, sizes.
ORDINARY = r"(?:/v2/images/)?[0-9a-f-]{32,36}(?:/file)?|\d{4}-\d\d-\d\d[T ][\d:.]{8,15}Z?|\d{1,15}"
"""An expression for values that nobody has to search."""
_ORDINARY = lazy_compile(rf"(?:{ORDINARY})\Z")
# Links with parameters, or to what a project or user owns.
_LINK = lazy_compile(
    r"(?:[a-z][a-z0-9+.-]*:/)?/[^\s?]*(?:\?|/(?:members|projects|users|domains|tenants|groups"
    r"|tokens|credentials|access_tokens|application_credentials)/|/AUTH_)"
    r"\S*\Z",
    re.IGNORECASE,
)
_FLAGS = frozenset(["true", "false", "True", "False"])
"""What IMS writes for yes and no, as in `"ssh_key": "true"` of `__os_feature_list`."""
_HIDDEN = (Treatment.SECRET, Treatment.DROP)
_SHOWN = (Treatment.KEEP, Treatment.KEY)
_NAMING = NAMING | {"path", "add", "replace"}
"""Members that name the value beside them; of JSON patches those with a path."""
_MOST_IN_RECORD = 12
"""A larger object is no record of a name and its value, but for a member `value`."""
_MOST_IN_LIST = 64
_LONGEST_NAME = 100
_LEAST_LETTERS = 8
_LONGEST_LINE = 4096
_BESIDE_A_MARK: tuple[tuple[str, frozenset[str] | None, frozenset[str]], ...] = (
    ("kty", None, frozenset("d p q dp dq qi k oth".split())),  # a key as JSON (RFC 7517)
    ("kind", frozenset(("Secret",)), frozenset(("data", "stringData"))),  # Kubernetes
    ("payload_content_type", None, frozenset(("payload",))),  # Barbican
    ("payload_content_encoding", None, frozenset(("payload",))),
    ("secret", None, frozenset(("access",))),  # an access key is harmless by its name alone
    ("type", frozenset("ec2 totp cert".split()), frozenset(("blob",))),  # Keystone's credentials
)
"""Members that are secrets because of what is beside them: that member's name, its values (None
for any), and the names of the secrets.
"""
_OF_TERRAFORM = "instances"
"""What a state file of Terraform has beside `"type": "random_password"`."""
_MARKS_OF_RECORDS = frozenset(("hidden", *(mark for mark, _, _ in _BESIDE_A_MARK)))


class JsonRedaction:
    """Redacts JSON values of one exchange, which notes the ids and secrets in them."""

    def __init__(self, exchange: Exchange) -> None:
        """Take the exchange that the values belong to."""
        self._exchange = exchange
        self._treatments = exchange.rules.treatments
        self._plain_json = exchange.rules.plain_json

    def value(self, treatment: Treatment, value: Any) -> Any:
        """Return a JSON value redacted as its member's name demands; objects are changed."""
        kind = value.__class__
        if kind is dict:
            return self._hide_all(value) if treatment in _HIDDEN else self._members(value)
        if kind is list:
            if len(value) > _LEAST_LETTERS and value[0].__class__ is int and _is_a_secret(value):
                return PLACEHOLDER
            if treatment in _SHOWN and 1 < len(value) <= _MOST_IN_LIST:
                value = self._neighbours(value)
            return [self.value(treatment, one) for one in value]
        if kind is str:
            return self.string(treatment, value)
        if treatment in _HIDDEN and value is not None and kind is not bool:
            return PLACEHOLDER
        return value

    def _members(self, members: dict[str, Any]) -> dict[str, Any]:
        # The loop that every value of every page goes through: no calls for what is ordinary.
        treatments, keep, odd_name = self._treatments, Treatment.KEEP, False
        if len(members) <= _MOST_IN_RECORD or "value" in members:
            self._hide_in_record(members)
        for name, value in members.items():
            treatment = treatments[name]
            if treatment is not keep:
                odd_name = odd_name or treatment is Treatment.DROP
                members[name] = self.value(treatment, value)
            elif value.__class__ is str:
                if value not in _PLAIN_VALUES and not _ORDINARY.match(value):
                    members[name] = self.string(keep, value)
            elif value and (value.__class__ is dict or _may_hide(value)):
                members[name] = self.value(keep, value)
        if odd_name:
            return {scrub(name): value for name, value in members.items()}
        return members

    def _hide_in_record(self, members: dict[str, Any]) -> None:
        """Redact what a value names that is beside it: `{"key": "sk", "value": "x"}`."""
        treatment = self._named_beside(members)
        marks = [_folded(name) for name, value in members.items() if value is True]
        for marked in (MARKED[mark] for mark in marks if mark in MARKED):
            for name, value in members.items():
                if _folded(name) in marked:
                    members[name] = self.value(Treatment.SECRET, value)
        if treatment is not Treatment.KEEP:
            for name, value in members.items():
                if _folded(name) in VALUED or name == _OF_TERRAFORM:
                    members[name] = self.value(treatment, value)
        for name, value in members.items():
            if value.__class__ is list and 1 < len(value) <= _MOST_IN_LIST:
                self._hide_columns(name, value, members)
        if members.get("hidden") is True and "default" in members:  # a parameter of Heat
            members["default"] = self.value(Treatment.SECRET, members["default"])
        for mark, values, private in _BESIDE_A_MARK:
            if mark in members and _is_one_of(members[mark], values):
                for name in private & members.keys():
                    members[name] = self.value(Treatment.SECRET, members[name])

    def _named_beside(self, members: dict[str, Any]) -> Treatment:
        """Return what a name demands for the values beside it."""
        treatment = Treatment.KEEP
        for name, value in members.items():
            if isinstance(value, str) and treatment in _SHOWN and _folded(name) in _NAMING:
                treatment = self._named_by(value)
        return treatment

    def _named_by(self, path: str) -> Treatment:
        """Return the treatment of what a name, or the path of a JSON patch, names."""
        shown = Treatment.KEEP
        if len(path) <= _LONGEST_NAME:
            for name in path.replace("~1", "/").split("/"):
                if (treatment := self._treatments[name]) not in _SHOWN:
                    return treatment
                shown = treatment if treatment is Treatment.KEY else shown
        return shown

    def _hide_columns(self, name: str, names: list[Any], members: dict[str, Any]) -> None:
        """Redact the columns of a table that a list beside it names as secrets."""
        hidden = {
            at
            for at, one in enumerate(names)
            if one.__class__ is str
            and len(one) <= _LONGEST_NAME
            and self._treatments[one] in _HIDDEN
        }
        for other, table in members.items():
            if not hidden or other == name or table.__class__ is not list:
                continue
            for row in (table, *table):
                if row.__class__ is list and len(row) == len(names):
                    for at in hidden:
                        row[at] = self.value(Treatment.SECRET, row[at])

    def _neighbours(self, values: list[Any]) -> list[Any]:
        """Redact in a list what the element before it names: `["sk", "x"]`, `["-p", "x"]`."""
        if not all(one.__class__ is str for one in values):
            return self._pair(values)
        line = " ".join(values)
        if len(line) <= _LONGEST_LINE and (scrubbed := scrub(line)) != line:
            left = scrubbed.split(" ")
            values = [one if one in left or one in scrubbed else self._part(one) for one in values]
        for at, one in enumerate(values[:-1]):
            option = one.lstrip("-")
            if option != one and self._treatments[option.rstrip("=")] in _HIDDEN:
                values = [*values[: at + 1], self._hide_all(values[at + 1]), *values[at + 2 :]]
        return self._pair(values)

    def _part(self, value: str) -> str:
        """Return an element of a list that is a secret in the line which the list makes."""
        redacted = scrub(value)
        if redacted == value:
            return str(self._hide_all(value))
        before, placeholder, _ = redacted.partition(PLACEHOLDER)
        # `--password=two words` is one element, so it is one value.
        return before + placeholder if value[0] in "-/" else redacted

    def _pair(self, values: list[Any]) -> list[Any]:
        name = values[0]
        is_pair = len(values) == 2 and name.__class__ is str and len(name) <= _LONGEST_NAME
        if not is_pair or self._treatments[name] not in _HIDDEN:
            return values
        if values[1].__class__ is str and is_name_of_a_secret(values[1]):
            return values  # both are names
        return [name, self.value(Treatment.SECRET, values[1])]

    def string(self, treatment: Treatment, value: str) -> str:
        """Return a string redacted as its member's name demands."""
        if treatment is Treatment.KEY:
            treatment = Treatment.SECRET if is_random(value) else Treatment.KEEP
        if treatment is Treatment.KEEP:
            if value in _PLAIN_VALUES or value in self._plain_json:
                return value
            if _LINK.match(value):
                return redact_link(value, self._exchange)
            is_like_json = _is_like_json(value)
            redacted = self._json_in_string(value) if is_like_json else self._exchange.text(value)
            if redacted != value:
                self._exchange.secrets.update(secrets_in(value))
            # What these rules keep may be replaced by others: an id, and in JSON what is below a
            # name that is sensitive there.
            if redacted == value and len(value) <= _MOST_CACHED and not names_an_owner(value):
                _remember(value, self._plain_json if is_like_json else _PLAIN_VALUES)
            return redacted
        if treatment in _HIDDEN:
            if value in _FLAGS:
                return value
            self._exchange.secrets.add(value)
            return PLACEHOLDER if value else value
        return self._exchange.stand_in(treatment, value)

    def _json_in_string(self, value: str) -> str:
        if is_deep(value):
            return self.deep_text(value)
        try:
            inner = json.loads(value)
        except ValueError:
            return self._exchange.text(value)
        before = json.dumps(inner)
        redacted = self.value(Treatment.KEEP, inner)
        return value if json.dumps(redacted) == before else json.dumps(redacted)

    def _hide_all(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._hide_all(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._hide_all(one) for one in value]
        return self.value(Treatment.SECRET, value)

    # -- JSON nested deeper than functions can recurse ----------------------------------------

    def deep_text(self, text: str) -> str:
        """Return JSON text redacted token by token; it stays exact where nothing is secret.

        The text may have errors; then it is searched by form too.
        """
        here, around = Treatment.KEEP, [Treatment.KEEP]  # for the next value; for those beside it
        is_broken = False

        def one(found: re.Match[str]) -> str:
            nonlocal here, is_broken
            token = found[0]
            if found["colon"]:
                name, hidden = _name_of(found["string"]), around[-1] in _HIDDEN
                here = around[-1] if hidden else self._treatments[name]
                return token if scrub(name) == name else json.dumps(scrub(name)) + found["colon"]
            if token in "{[":
                here = Treatment.KEEP if token == "{" and here not in _HIDDEN else here
                around.append(here)
            elif token in "}],":
                if token != "," and len(around) > 1:
                    around.pop()
                here = around[-1]
            elif (redacted := self._token(here, token)) is None:
                is_broken = True
                return json.dumps(PLACEHOLDER) if here in _HIDDEN else token
            else:
                return redacted
            return token

        redacted = TOKEN.sub(one, text)
        return scrub(redacted) if is_broken else redacted

    def _token(self, treatment: Treatment, token: str) -> str | None:
        """Return a token redacted; None when it is not JSON, such as a string that is cut off."""
        try:
            value = json.loads(token, strict=False)
        except ValueError:
            return None
        redacted = self.value(treatment, value)
        return token if redacted == value else json.dumps(redacted, ensure_ascii=False)


def is_ordinary_name(name: str) -> bool:
    """Whether what is under a name does not depend on the members beside it."""
    return name not in _MARKS_OF_RECORDS and not {_folded(name)} & (VALUED | MARKED.keys())


def _is_one_of(value: Any, values: frozenset[str] | None) -> bool:
    return values is None or (value.__class__ is str and value in values)


def _folded(name: str) -> str:
    """Return a name as the tables of names and values have it: `Output_Key` is `outputkey`."""
    return _folded_short(name) if len(name) <= _LONGEST_NAME else name


@lru_cache(maxsize=4096)
def _folded_short(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _name_of(string: str) -> str:
    """Return the name of a member; as it is written when its escapes are wrong."""
    try:
        return str(json.loads(string, strict=False))
    except ValueError:
        return string


def _may_hide(value: Any) -> bool:
    """Whether a value is a list that has to be searched; one tag alone is mostly a known one."""
    if value.__class__ is not list:
        return False
    return len(value) > 1 or value[0].__class__ is not str or value[0] not in _PLAIN_VALUES


def _is_a_secret(numbers: list[Any]) -> bool:
    """Whether numbers are the letters of a text with a secret: `[112, 97, 115, ...]`."""
    try:
        text = bytes(numbers).decode("ascii")
    except (TypeError, ValueError):
        return False
    return scrub(text) != text


def _is_like_json(value: str) -> bool:
    return value.lstrip()[:1] in ("{", "[")


_PLAIN_VALUES: set[str] = set()
"""Strings that were looked at and hold no secret: pages repeat most of their values."""
_MOST_PLAIN = 8192
_MOST_CACHED = 256


def _remember(value: str, plain: set[str]) -> None:
    if len(plain) >= _MOST_PLAIN:
        plain.clear()
    plain.add(value)
