"""Redacting images that are imported, as recording would redact a list answer with them.

{"owner": "<id>", "os_password": "x", ...}
{"owner": "facade00...", "os_password": "REDACTED", ...}    with stand-ins

Most images hold no secret. So a cheap look at their names and values comes first; it never calls
an image plain in which the tables would find something.
"""

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.imageset.image_fields import FIELDS, MEMBER_STATUSES, BadImage, check
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.exchange import Exchange, RedactionRules, rules_from
from glancetape_cassettes.redaction.forms.encodings import MAY_BE_SPREAD, readings_of
from glancetape_cassettes.redaction.json_values import ORDINARY, JsonRedaction, is_ordinary_name
from glancetape_cassettes.redaction.known_secrets import Masker
from glancetape_cassettes.redaction.names.name_table import SECRET_NAMES
from glancetape_cassettes.redaction.names.secret_names import any_of
from glancetape_cassettes.redaction.policy import RedactionOptions, Treatment
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.secret_patterns import FORMS
from glancetape_cassettes.redaction.stand_ins import StandIns

_LIST = Request("GET", "http://localhost/v2/images")
_is_ordinary = re.compile(ORDINARY).fullmatch
# What differs between values that are otherwise alike: ids, and numbers such as dates. But the
# numbers of `%70` and `&#112;` are letters.
_COUNTED = re.compile(
    r"(?<![0-9A-Za-z%#])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(v?)\d{2,14}"
    r"|(?=[a-f]*\d)[0-9a-f]{7,8})(?![0-9A-Za-z])"
)  # letters alone may be a word of a name that follows
_SOME_ID = "6eb46d00-93bb-4d0e-adbe-913f955f0752"
_ZEROS = "0" * 14
_ZEROED = str.maketrans("123456789", "0" * 9)
_ends_in_id = re.compile(r"[^0-9A-Za-z][0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z").match
_SOME_CHECKSUM = hashlib.sha512(b"one checksum for all").hexdigest()
_SHORTEST_CHECKSUM = 24
_HEXADECIMAL = "0123456789abcdef"
_LONGEST_SUFFIX = 8
# Digits may stand for letters here, for hexadecimal digits, or for a version: `v1.local.`, `$6$`.
_has_mixed = re.compile(r"[^\W\d_]\d|\d[^\W\d_]|\d{15}|(?<!\d)\d(?!\d)|[%#]\d").search
# Other digits than those of a form's trigger or of a name would hide it: `h:5432:db:joe:x`.
_has_trigger_with_digits = any_of(
    word
    for words in (*(form.triggers for form in FORMS), [row.stem for row in SECRET_NAMES])
    for word in words
    if re.search(r"\d", word)
)
_is_spread = re.compile(MAY_BE_SPREAD).search
_LISTS = ("tags", "locations", "members")
_SCALARS = frozenset((int, bool, type(None)))
_MEMBER = {"member_id", "status"}
_MOST_KNOWN = 1 << 12
_MOST_TAGS = 1 << 14  # a dozen tags make thousands of lists
_LONGEST_KNOWN = 256
"""Characters of what is remembered: memory must not grow with what is imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRedaction:
    """Redacts images one by one; it can be sent to another process.

    What is a secret in one image is not looked for in another: an image looks the same whatever
    is imported beside it.
    """

    key: bytes = field(repr=False)
    """The key for stand-ins. Without ids to replace, any key that nobody knows."""
    options: RedactionOptions

    def __call__(self, image: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Return an image as it may be stored, and how many of its values were replaced.

        Raises BadImage when it would no longer be that image: its id holds a secret.
        """
        rules, known = _prepared(self)
        if self.options.keep_ids and known.is_plain(image):
            return image, 0
        before = orjson.dumps(image)
        exchange = Exchange(rules)
        redacted: dict[str, Any] = JsonRedaction(exchange).value(Treatment.KEEP, image)
        after = orjson.dumps(redacted)
        if before == after:
            return image, 0
        text = after.decode()
        if Masker(exchange.secrets, exchange.ids)(text) != text:
            redacted = self._without_repetitions(before)
        was = orjson.loads(before)
        try:
            return _sound(was, redacted), count_differences(was, redacted)
        except BadImage as error:
            raise BadImage(f"without its secrets it is not an image: {error}") from error

    def identity(self, project: str) -> str:
        """Return a project's id as the images show it."""
        return project if self.options.keep_ids else StandIns(self.key).identity(project)

    def _without_repetitions(self, raw: bytes) -> Any:
        """Redact an image in one part of which a secret or an id of another part is repeated."""
        answer = Interaction(_LIST, Response(200, "OK", (), raw))
        redacted = Redactor(StandIns(self.key), self.options).interaction(answer)
        try:
            return orjson.loads(from_readable(redacted.response_body.readable(), "image"))
        except ValueError:
            return None


class _Known:
    """What was found to be plain: names, values, and values with their numbers left out."""

    def __init__(self, rules: RedactionRules) -> None:
        self._rules = rules
        self._names: set[str] = set()
        self._tags: set[tuple[str, ...]] = set()
        self._values: set[str] = set()
        self._alike: set[str] = set()

    def is_plain(self, image: dict[str, Any]) -> bool:
        """Whether a checked image holds no secret; False when only a longer look can tell."""
        if not image.keys() <= self._names and not all(map(self._is_plain_name, image)):
            return False
        known = self._values
        # The loop that every value of every image goes through: no calls for what is known.
        odd = [
            one
            for one in image.values()
            if (
                one not in known and not _is_ordinary(one)
                if one.__class__ is str
                else one.__class__ not in _SCALARS
            )
        ]
        texts = [one for one in odd if one.__class__ is str]
        if len(odd) - len(texts) > sum(image.get(name).__class__ is list for name in _LISTS):
            return False  # a recorded image may have other lists and objects
        return all(map(self._is_plain_value, texts)) and self._are_plain_lists(image)

    def _is_plain_name(self, name: str) -> bool:
        treatment = self._rules.treatments[name]
        # Ids and names of projects stay as they are here.
        is_kept = treatment in (Treatment.KEEP, Treatment.ID, Treatment.NAME)
        if not is_kept or not is_ordinary_name(name):
            return False
        if len(self._names) < _MOST_KNOWN:
            self._names.add(name)
        return True

    def _are_plain_lists(self, image: dict[str, Any]) -> bool:
        tags = image.get("tags")
        others = [image[name] for name in _LISTS[1:] if image.get(name)]
        if tags and tuple(tags) not in self._tags:
            if self._redacted(tags) != tags:
                return False
            if sum(map(len, tags)) <= _LONGEST_KNOWN:
                _remember(self._tags, tuple(tags), _MOST_TAGS)
        if tags and others and not all(map(self._is_plain_name, tags)):
            return False  # a tag may name a column of what is in another list
        return all(self._are_members(one) or self._redacted(one) == one for one in others)

    def _are_members(self, values: list[Any]) -> bool:
        """Whether a list has projects with their answers, as members are, and nothing else."""
        return all(map(self._is_plain_name, _MEMBER)) and all(
            one.__class__ is dict
            and one.keys() == _MEMBER
            and one["status"] in MEMBER_STATUSES
            and one["member_id"].__class__ is str
            and _is_ordinary(one["member_id"]) is not None
            for one in values
        )

    def _is_plain_value(self, value: str) -> bool:
        if len(value) > _LONGEST_KNOWN:
            return bool(self._redacted(value) == value)
        # The same length and kind of characters, so that the same forms find it.
        alike, is_repeated = _alike(value)
        if alike not in self._alike:
            if self._redacted(alike) == alike:
                _remember(self._alike, alike)
            elif self._redacted(value) != value:
                return False
        if is_repeated:
            _remember(self._values, value)
        return True

    def _redacted(self, value: Any) -> Any:
        value = orjson.loads(orjson.dumps(value)) if value.__class__ is list else value
        return JsonRedaction(Exchange(self._rules)).value(Treatment.KEEP, value)


def _alike(value: str) -> tuple[str, bool]:
    """Return a value of the same length with other ids and numbers, and whether it is a common one.

    >>> _alike("backup-web-20230416")
    ('backup-web-00000000', False)
    """
    if (with_checksum := _with_some_checksum(value)) is not None:
        return with_checksum, False
    if _has_trigger_with_digits.search(value.casefold()) or "\\" in value or _is_spread(value):
        return value, True
    head, tail = value, ""
    if len(value) > len(_SOME_ID) and _ends_in_id(value, len(value) - len(_SOME_ID) - 1):
        head, tail = value[: -len(_SOME_ID)], _SOME_ID
    alike = _with_some_numbers(head) + tail
    return alike, not tail and "0000" not in alike


def _with_some_numbers(text: str) -> str:
    return _COUNTED.sub(_made_alike, text) if _has_mixed(text) else text.translate(_ZEROED)


def _made_alike(found: re.Match[str]) -> str:
    length = found.end() - found.start()
    if (version := found[1]) is not None:
        return version + _ZEROS[: length - len(version)]
    return _SOME_ID[:length]


def _with_some_checksum(value: str) -> str | None:
    """Return a value that ends in a checksum with another one; None for any other value.

        192.0.2.7:bucket:693eda84e0e940bdbc803986b71bf9a7.zvhd2

    Nothing follows the checksum, so no name of a secret begins in it, and it is no text in
    hexadecimal digits. So the forms find a secret in both values or in none.
    """
    dot = value.rfind(".", -_LONGEST_SUFFIX)
    end = len(value) if dot < 0 else dot
    head = value[:end].rstrip(_HEXADECIMAL)
    length = end - len(head)
    if not _SHORTEST_CHECKSUM <= length <= len(_SOME_CHECKSUM) or head[-1:] not in ("", ":", ","):
        return None
    checksum = value[len(head) : end]
    if checksum.isdigit() or checksum.isalpha() or any(readings_of(checksum)):
        return None
    alike = _head_alike(head) if head else ""
    return None if alike is None else f"{alike}{_SOME_CHECKSUM[:length]}{value[end:]}"


@lru_cache(maxsize=_MOST_KNOWN)
def _head_alike(head: str) -> str | None:
    """Return what comes before a checksum with other numbers; None when a form may need them."""
    has_trigger = _has_trigger_with_digits.search(head.casefold())
    return None if has_trigger else _with_some_numbers(head)


def _remember(known: set[Any], one: Any, most: int = _MOST_KNOWN) -> None:
    if len(known) >= most:
        known.clear()
    known.add(one)


@lru_cache(maxsize=4)
def _prepared(redaction: ImageRedaction) -> tuple[RedactionRules, _Known]:
    rules = rules_from(StandIns(redaction.key), redaction.options)
    return rules, _Known(rules)


def _sound(before: dict[str, Any], image: Any) -> dict[str, Any]:
    """Return a redacted image that is still one. Raises BadImage."""
    if isinstance(image, dict):
        if isinstance(tags := image.get("tags"), list):
            image["tags"] = list(dict.fromkeys(map(str, tags)))
        if isinstance(members := image.get("members"), list):
            image["members"] = list({one["member_id"]: one for one in members}.values())
        places = ("id", "created_at", "updated_at")
        if all(before.get(one) == image.get(one) for one in places):
            # A recorded image may have properties that are lists and objects; they stay.
            check({**image, **{name: None for name in image if name not in FIELDS}})
            return image
    raise BadImage("its id or its times hold a secret")


def count_differences(before: Any, after: Any) -> int:
    """Return how many values of an image differ from those of another."""
    if isinstance(before, dict) and isinstance(after, dict):
        return sum(
            count_differences(value, after[name]) if name in after else 1
            for name, value in before.items()
        )
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return sum(map(count_differences, before, after))
    return int(before != after)
