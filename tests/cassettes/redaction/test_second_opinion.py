"""What another program thinks of our cassettes: detect-secrets finds nothing that we left in them.

It shares no table and no code with the redaction. Nothing is asked over the network: its rows may
verify what they find at the service whose secret it is, and that is off here.
"""

import json
import random
import string
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.settings import get_settings, transient_settings

from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns, is_stand_in
from support.drawn.examples import dealt
from support.running.processes import ROOT
from support.secrets.attacks import attacks
from support.secrets.positions import SECRET, Planted, answer, text_answer

SAMPLES = sorted((ROOT / "cassettes" / "samples").glob("*.yaml"))
VERIFICATION = "detect_secrets.filters.common.is_ignored_due_to_verification_policies"


class Found(NamedTuple):
    """What a row of detect-secrets found in a line."""

    kind: str
    value: str
    line: str


@pytest.fixture(autouse=True)
def _offline() -> Iterator[None]:
    with transient_settings({"plugins_used": [], "filters_used": []}):
        assert VERIFICATION not in get_settings().filters
        yield


def opinion(lines: Iterable[str]) -> list[Found]:
    plugins = [plugin() for plugin in get_mapping_from_secret_type_to_class().values()]
    return [
        Found(plugin.secret_type, str(found.secret_value), line)
        for line in dict.fromkeys(lines)
        for plugin in plugins
        for found in plugin.analyze_line(filename="a.yaml", line=line, line_number=1)
    ]


def reason_for(found: Found) -> str:
    """Return why something that detect-secrets found may be in a cassette; "" when it may not."""
    member = found.line.strip().partition(":")[0].strip('"')
    if found.kind == "Secret Keyword" and found.value.startswith(PLACEHOLDER):
        return "the name of a secret, before the placeholder in the secret's place"
    if found.kind == "Hex High Entropy String":
        if member in ("checksum", "os_hash_value"):
            return "a hash of the image's data: whoever may read the list may know it"
        if is_stand_in(found.value):
            return "a stand-in: without the key it leads to no id"
    if found.kind == "Twilio API Key" and found.value.startswith("AC"):
        return "the id of an account, of hexadecimal digits as checksums are"
    return ""


def stored_lines(rows: Iterable[Planted]) -> Iterator[str]:
    for row in rows:
        # A redactor each: another row must not have taught it the secret.
        found = Redactor(StandIns(b"a key for these tests")).interaction(row.interaction)
        bodies = (found.request_body.readable(), found.response_body.readable())
        yield from emit(found.interaction, *bodies).splitlines()


def test_nothing_is_found_in_what_the_attacks_leave() -> None:
    found = opinion(stored_lines(dealt([*attacks()], 0)))

    assert [] == [one for one in found if not reason_for(one)]
    assert [] == [one for one in found if SECRET[:8] in one.value]


def test_without_redaction_much_is_found_in_the_attacks() -> None:
    """Otherwise the test above would show nothing."""
    lines = (str(row.interaction.response.body, "utf-8", "replace") for row in attacks())

    found = [one for one in opinion(lines) if SECRET in one.value]

    assert 200 <= len(found)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_nothing_is_found_in_the_samples(sample: object) -> None:
    found = opinion(ROOT.joinpath(str(sample)).read_text(encoding="utf-8").splitlines())

    assert [] == [one for one in found if not reason_for(one)]


def _made(letters: str, count: int) -> str:
    return "".join(random.Random(count).choices(letters, k=count))


ANY = string.ascii_letters + string.digits
LOW = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
KNOWN = {
    "Artifactory Credentials": ("AKC" + _made(ANY, 70), "AP5" + _made(ANY, 40)),
    "AWS Access Key": ("AKIA" + _made(ANY.upper(), 16), "ABIA" + _made(ANY.upper(), 16)),
    "Azure Storage Account access key": (f"AccountKey={_made(ANY, 86)}==",),
    "Basic Auth Credentials": (f"https://joe:{_made(ANY, 20)}@h.example/x",),
    "Cloudant Credentials": (
        f"https://joe:{_made(HEX, 64)}@joe.cloudant.com",
        f"cloudant_password={_made(HEX, 64)}",
    ),
    "Discord Bot Token": (f"M{_made(ANY, 23)}.{_made(ANY, 6)}.{_made(ANY, 27)}",),
    "GitHub Token": tuple(f"gh{letter}_{_made(ANY, 36)}" for letter in "pousr"),
    "GitLab Token": (
        *(f"{name}-{_made(ANY, 20)}" for name in "glpat gldt glft glsoat glrt glcbt".split()),
        f"GR1348941{_made(ANY, 20)}",
        f"glcbt-1f_{_made(ANY, 20)}",
        f"glimt-{_made(LOW, 25)}",
        f"glptt-{_made(HEX, 40)}",
        f"glagent-{_made(ANY, 50)}",
        f"gloas-{_made(HEX, 64)}",
    ),
    "IBM Cloud IAM Key": (f"ibm_cloud_iam_key={_made(ANY, 44)}",),
    "IBM COS HMAC Credentials": (f"cos_hmac_secret_key={_made(HEX, 48)}",),
    "JSON Web Token": ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJqb2UifQ.",),
    "Mailchimp Access Key": (f"{_made(HEX, 32)}-us12",),
    "NPM tokens": (f"//registry.example/:_authToken=npm_{_made(ANY, 36)}",),
    "OpenAI Token": (f"sk-{_made(ANY, 20)}T3BlbkFJ{_made(ANY, 20)}",),
    "Private Key": ("-----BEGIN OPENSSH PRIVATE KEY-----", "PuTTY-User-Key-File-2: ssh-rsa"),
    "PyPI Token": (f"pypi-AgEIcHlwaS5vcmc{_made(ANY, 70)}",),
    "SendGrid API Key": (f"SG.{_made(ANY, 22)}.{_made(ANY, 43)}",),
    "Slack Token": (
        f"xoxb-123456789012-{_made(LOW, 24)}",
        f"https://hooks.slack.com/services/T{_made(ANY, 8)}/B{_made(ANY, 8)}/{_made(ANY, 24)}",
    ),
    "SoftLayer Credentials": (
        f"softlayer_api_key={_made(LOW, 64)}",
        f"https://api.softlayer.com/soap/v3/{_made(LOW, 64)}",
    ),
    "Square OAuth Secret": (f"sq0csp-{_made(ANY, 43)}",),
    "Stripe Access Key": (f"sk_live_{_made(ANY, 24)}", f"rk_live_{_made(ANY, 24)}"),
    "Telegram Bot Token": (f"1234567890:{_made(ANY, 35)}",),
    "Twilio API Key": (f"AC{_made(HEX, 32)}", f"SK{_made(HEX, 32)}"),
}
"""Secrets of each kind that detect-secrets knows by its form."""
BY_OTHERS = {
    "Secret Keyword": "the attacks above have hundreds",
    "Base64 High Entropy String": "any random text; the values of images are full of it",
    "Hex High Entropy String": "any random digits, and so are ids and checksums",
    "Public IP (ipv4)": "an address is no secret, and endpoints need theirs",
}
"""Kinds without an example here, and why."""


def test_every_kind_has_an_example_or_a_reason() -> None:
    """So a newer detect-secrets with another kind is noticed."""
    kinds = set(get_mapping_from_secret_type_to_class())

    assert kinds == KNOWN.keys() | BY_OTHERS.keys()


@pytest.mark.parametrize("kind", KNOWN)
def test_a_kind_that_it_knows_by_form_is_stored_nowhere(kind: str) -> None:
    for secret in KNOWN[kind]:
        texts = (secret, f"x {secret} y", f"note: {secret}")
        rows = [Planted(kind, secret, text_answer(text)) for text in texts]
        rows += [Planted(kind, secret, answer({"images": [{"x": text}]})) for text in texts]

        assert kind in {one.kind for one in opinion(json.dumps(secret).splitlines())}, secret
        found = [one for one in opinion(stored_lines(rows)) if one.kind == kind]
        assert [] == [one for one in found if not reason_for(one)], secret
