"""Random letters and digits, which are a secret after a key's name or after a service's prefix.

Key=2Cy8xCLyvrAf7lZK    alcht_2Cy8xCLyvrAf7lZKfhQhyCr4RAID9D

Words in names change seldom between small letters, capital letters and digits; a word that a
program drew does so all the time. Hexadecimal digits do not count, because checksums and ids look
the same, nor do random letters by themselves.
"""

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.form import SAMPLE, form

_WORD = r"(?:[A-Z][a-z]{2,}+|[a-z]{3,}+)"
_ODD = r"(?:[A-Z]?[a-z]++|[A-Z]++|[0-9]++)"
"""What is between words: one or two small letters, capital letters, a number."""
_NOT_HEX = r"(?=(?:[0-9A-Fa-f]*+[G-Zg-z]){4})"


def drawn(letters: int, odd: int) -> str:
    """Return an expression for at least `letters` letters, with `odd` odd parts between words.

    Of 16 letters and digits that a program drew, 97 % have 4 odd parts; of 24, 99 % have 5. Of 24
    small letters and digits, 86 % have 5, and of 32, 96 %.
    """
    return (
        rf"(?-i:{_NOT_HEX}(?=[A-Za-z0-9]{{{letters}}})(?:{_WORD}*+{_ODD}){{{odd},}}+"
        r"[A-Za-z0-9]*+(?!\())"
    )


_KEY = (
    rf"(?!AAAA|MII|ssh-)(?=[\w.~+=-]{{0,60}}?(?<![A-Za-z0-9]){drawn(16, 4)})"
    r"(?:[\w.~+/=-]|%[0-9A-Fa-f]{2}){16,4000}"
)
"""A key; none that is public, as SSH and certificates write it, and no path."""
_IS_A_KEY = lazy_compile(rf"(?:{_KEY})\Z")

RANDOM_LETTERS = (
    form(
        "random letters after a key's name",
        "",
        r"((?<!public)(?<!pub)(?<!public[_. -])(?<!pub[_. -])keys?\d{0,2}\\{0,31}[\"'`*\])]{0,3}"
        r"(?:\s\w{1,20}(?=\s?=))?"
        r"(?:\s{0,3}(?:=>|:=|[:=>]|-\s)\s{0,3}|\s{1,3}(?:is\s{1,3})?)"
        r"(?:[bruf]{1,2}(?=[\"']))?\\{0,31}[\"'`(]?)"
        rf"({_KEY})",
        r"\1REDACTED",
        shapes=(r"keys?\d{0,2}\W{1,80}(?:\w{1,20}\W{1,80}){0,2}[\w.~+=-]{16}",),
        examples=(
            f"https://h/x?key={SAMPLE}",
            f"Using Key={SAMPLE}",
            f'const acmeKey string = "{SAMPLE}"',
            f'cloud_key: "{SAMPLE}"',
            f'"AcmeKey1": "{SAMPLE}"',
            f"your ACME key is {SAMPLE}, keep it",
        ),
        counterexamples=(
            "?key=os_version",
            "sort_key=created_at:desc",
            "key=0123456789abcdef0123456789abcdef",
            "Key=images/ubuntu-22.04-server-amd64-20240101.qcow2",
            "key: WindowsServer2019DatacenterCore",
            "key: ToBGPSpeakerRemoveGatewayNetworkMap",
            f"public_key={SAMPLE}",
            f"PublicKey = {SAMPLE}",
            f"key AAAAC3NzaC1lZDI1NTE5AAAAI{SAMPLE}",
        ),
    ),
    form(
        "random letters after a prefix",
        "",
        r"((?<![\w.~-])(?-i:(?:[a-z][a-z0-9]{0,11}|[A-Z][A-Z0-9]{1,11})[_.~-]){1,6}"
        r"(?<!sha1[_.-])(?<!sha(?:256|384|512)[_.-])(?<!md5[_.-]))"
        rf"(?!01[0-9A-Z]{{24}}(?![A-Za-z0-9]))({drawn(24, 5)}[\w.~=-]{{0,4000}})",
        r"\1REDACTED",
        shapes=tuple(rf"{sign}[a-z0-9]{{24}}" for sign in (r"_", r"\.", r"~", r"\-")),
        examples=tuple(
            f"{prefix}{SAMPLE}{SAMPLE}"
            for prefix in (
                "lin_api_ gsk_ r8_ nfp_ glsa_ npm_ acme_live_ ACME_ s. dt0c01. sha256~ ico- tk-us-"
            ).split()
        ),
        counterexamples=(
            "image-WindowsServer2019DatacenterCoreEdition",
            "opts.EC2CredentialsBuildSignatureV4",
            "ec2tokens.EC2CredentialsBuildStringToSignV4(opts)",
            "project_98606384f58drad0bhdb7d02779549ac",
            "snapshot_0123456789abcdef0123456789abcdef",
            f"sha256-{SAMPLE}{SAMPLE}",
            "image-01ARZ3NDEKTSV4RRFFQ69G5FAV",
            f"{SAMPLE}-{SAMPLE}{SAMPLE}",
        ),
    ),
)


def is_random(value: str) -> bool:
    """Whether a value is a key by its letters, such as one under `acme_key` in JSON.

    >>> [is_random(value) for value in ("2Cy8xCLyvrAf7lZK", "ubuntu-22.04", "ab12" * 8)]
    [True, False, False]
    """
    return _IS_A_KEY.match(value) is not None
