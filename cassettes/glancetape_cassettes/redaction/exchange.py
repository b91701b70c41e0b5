"""One exchange while it is redacted: the rules, and the ids and secrets it has shown so far."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.known_secrets import NotedSecrets
from glancetape_cassettes.redaction.policy import (
    NEVER_HEADERS,
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    RedactionOptions,
    Treatment,
    field_treatment,
)
from glancetape_cassettes.redaction.scrubbing import scrub
from glancetape_cassettes.redaction.stand_ins import StandIns

_MOST_NAMES = 4096
_LONGEST_NAME = 200
_OWNER_IN_TEXT = lazy_compile(
    r"((?<![a-z])(?:user|project|tenant|domain|account|owner|member)(?:[ _-]?id)?[\s:='\"]{1,4})"
    r"([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-z-])",
    re.IGNORECASE,
)
"""How messages name a caller: `locked for user: <id>`, `quota for tenant <id>`."""


class Treatments(dict[str, Treatment]):
    """The treatment of the value under each name; a name that is itself a secret is dropped.

    >>> Treatments(frozenset())["password"]
    <Treatment.SECRET: 'secret'>
    >>> Treatments(frozenset())["password=hunter2"]
    <Treatment.DROP: 'drop'>
    """

    def __init__(self, sensitive: frozenset[str]) -> None:
        """Take the sensitive names beyond those in the tables, folded."""
        super().__init__()
        self._sensitive = sensitive

    def __missing__(self, name: str) -> Treatment:
        """Decide on a name once; pages repeat the same few names."""
        treatment = field_treatment(name, self._sensitive)
        if scrub(name) != name:
            treatment = Treatment.DROP
        if len(self) < _MOST_NAMES and len(name) <= _LONGEST_NAME:
            self[name] = treatment
        return treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionRules:
    """What a redactor does with each name: the tables, with the user's options added."""

    stand_ins: StandIns | None
    """None without a key: ids and tokens stay as they are, to be compared."""
    keep_ids: bool
    sensitive: frozenset[str]
    request_headers: Mapping[str, Treatment]
    response_headers: Mapping[str, Treatment]
    treatments: Mapping[str, Treatment]
    """For JSON members, query parameters, and the secrets that headers hold."""
    plain_json: set[str] = field(default_factory=set, compare=False, repr=False)
    """Strings of JSON that these rules were seen to keep; other rules may not."""


def rules_from(stand_ins: StandIns | None, options: RedactionOptions) -> RedactionRules:
    """Return the rules for a key and the user's options.

    `keep_headers` never opens a header that carries credentials, nor changes one that the
    tables know.
    """
    sensitive = frozenset(options.sensitive_names)
    kept = {
        lowered: Treatment.KEEP
        for lowered in map(str.lower, options.keep_headers)
        if lowered not in NEVER_HEADERS
    }
    return RedactionRules(
        stand_ins=stand_ins,
        keep_ids=options.keep_ids,
        sensitive=sensitive,
        request_headers=kept | REQUEST_HEADERS,
        response_headers=kept | RESPONSE_HEADERS,
        treatments=Treatments(sensitive),
    )


@dataclass(slots=True)
class Exchange:
    """A request and its response, or a request alone, while their parts are redacted."""

    rules: RedactionRules
    is_keystone: bool = False
    """Whether its bodies are Keystone's, which pass by allow-list."""
    ids: dict[str, str] = field(default_factory=dict)
    """The stand-in of each real id and name met so far."""
    secrets: NotedSecrets = field(default_factory=NotedSecrets)
    passing: NotedSecrets = field(default_factory=NotedSecrets)
    """Secrets that no later exchange can repeat: signatures of one request, cookies."""

    def stand_in(self, treatment: Treatment, value: str) -> str:
        """Return what is written for an id, a name or a token; ids and names are noted."""
        stand_ins = self.rules.stand_ins
        if self.rules.keep_ids and treatment is not Treatment.TOKEN:
            return scrub(value)
        if stand_ins is None:
            return value
        if treatment is Treatment.TOKEN:
            return stand_ins.token(value)
        known = self.ids.get(value)
        if known is None:
            make = stand_ins.name if treatment is Treatment.NAME else stand_ins.identity
            known = make(value)
            if known != value:
                self.ids[value] = known
        return known

    def text(self, text: str) -> str:
        """Return a text without its secrets, and with stand-ins for the ids of owners in it."""
        return _OWNER_IN_TEXT.sub(
            lambda found: found[1] + self.stand_in(Treatment.ID, found[2]), scrub(text)
        )


def names_an_owner(text: str) -> bool:
    """Whether the id of a project, user or domain follows such a word in a text."""
    return _OWNER_IN_TEXT.search(text) is not None
