"""The table of names whose values are secrets, alike for headers, parameters, members and text.

`is_secret_name` reads the table for a name of any spelling; `TEXT_TRIGGERS` is made from it, so the
search in text knows the same names.

    adminPass, OS_ADMIN_PASS, adminpass    a secret: its last word ends in `pass`
    compass, bypass_check                  harmless: whole words that only end like a secret
"""

import re
import unicodedata
from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class Match(Enum):
    """Where a stem makes a name the name of a secret."""

    ANYWHERE = "anywhere"
    """Anywhere in the name without its separators: `my-api.key`, `myapikey2`."""
    END = "end"
    """At the end of a word, and as a word: `adminpass`, `admin_pass_old`."""
    WORD = "word"
    """As a whole word: `cloud_sk`, `cloudSk`; not in `disk`."""


class SecretName(NamedTuple):
    """A row of the table: a stem, where it counts, and a name for and against it."""

    stem: str
    """Lower case; a blank where a name may have a separator."""
    match: Match
    example: str
    counterexample: str
    source: str


def _rows(match: Match, source: str, table: str) -> tuple[SecretName, ...]:
    """Return one row for each line `stem: example, counterexample`."""
    rows = []
    for line in table.strip().splitlines():
        stem, _, names = line.partition(":")
        example, _, counterexample = names.partition(",")
        row = SecretName(stem.strip(), match, example.strip(), counterexample.strip(), source)
        rows.append(row)
    return tuple(rows)


SECRET_NAMES = (
    *_rows(
        Match.ANYWHERE,
        "OpenStack: request bodies of Keystone, Nova, Barbican, Trove; options of clients",
        """
        password: dbpassword, passion
        passwd: onekey_resetpasswd, passed
        passwrd: adminpasswrd, passage
        passphrase: key_passphrase, phrase
        passcode: totp_passcode, code
        passkey: userpasskey, passive_key
        secret: clientsecret, section
        token: accesstoken, taken
        credential: os-credentials, credit
        authorization: x-goog-iam-authorization, authorized_by
        signature: X-Amz-Signature, sign
        user data: userdata, user_date
        personality: server_personality, person
        ssh key: sshkey_pair, ssh_port
        temp url key: X-Account-Meta-Temp-URL-Key, temp_url_expires
        auth key: X-Auth-Key, author_keyboard
        oauth verifier: oauth_verifier, verified
        saml response: SAMLResponse, response
        """,
    ),
    *_rows(
        Match.ANYWHERE,
        "Huawei Cloud, AWS, Azure, Google: keys and connection strings in their APIs",
        """
        api key: x-apikey-value, api_version
        access key: AWSAccessKeyId, access_type
        secret key: SecretKey, section_key
        private key: privatekeyfile, private
        license key: license_key, license
        product key: windowsProductKey, product_code
        activation key: activationkey, activation_date
        signing key: signing_key, signed_by
        encryption key: disk_encryption_key, encryption_algorithm
        decryption key: decryptionKey, decryption
        shared key: SharedKey, shared
        master key: masterkey, master_node
        account key: AccountKey, __account_code
        storage key: storageKey, storage_policy
        session key: session_key_2, sessional
        subscription key: Ocp-Apim-Subscription-Key, subscription
        host key: ssh_host_key, host
        wrapping key: wrappingKey, wrapping
        pre shared key: preSharedKey, pre_shared
        connection string: connection_string, connection_count
        conn string: connstring, conn
        conn str: ConnStr, constraint
        kube config: kubeconfig, kube_version
        htpasswd: htpasswd_file, http
        """,
    ),
    *_rows(
        Match.ANYWHERE,
        "HTTP: sessions of browsers and services",
        """
        cookie: Set-Cookie2, cook
        session id: JSESSIONID, sessional_idle
        csrf: X-CSRF, csv
        xsrf: XSRF-VALUE, xs
        """,
    ),
    *_rows(
        Match.END,
        "abbreviations that stand at the end of a name, as in adminPass of Nova and psk of a VPN",
        """
        pass: adminpass, compass
        pwd: mysqlpwd, pwdless
        psk: ipsecpsk, pskov
        otp: totp, option
        sig: temp_url_sig, signal
        jwt: userjwt, jwtype
        creds: dbcreds, credsy
        """,
    ),
    *_rows(
        Match.WORD,
        "short words that occur in others; ak and sk of Huawei Cloud",
        """
        ak: cloud_ak, bake
        sk: ak-sk, disk
        akid: AKID, akide
        pin: user_pin, spin
        pw: root_pw, pwm
        cred: user_cred, sacred
        hmac: hmac, hmacro
        auth: auth, author
        session: os_session, sessional
        sessions: sessions, obsessions
        bearer: bearer, bearers_of
        dsn: db_dsn, dsname
        assertion: assertion, assertions_on
        saml: saml, samlike
        """,
    ),
)

_HARMLESS_WORDS = frozenset(
    "bypass compass trespass surpass encompass overpass underpass secretary secretariat "
    "passwordless".split()
)
"""Whole words that contain a stem and mean no secret."""
_HARMLESS_NAMES = frozenset(
    "imgsignature imgsignaturehashmethod imgsignaturekeytype imgsignaturecertificateuuid "
    "cinderencryptionkeyid cinderencryptionkeydeletionpolicy hwpassthrough passthrough "
    "xopenstackrequestid".split()
)
"""Names that only sound like a secret's, folded: Glance's references to keys, public signatures."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ANYWHERE = tuple(row.stem.replace(" ", "") for row in SECRET_NAMES if row.match is Match.ANYWHERE)
_ENDS = tuple(row.stem for row in SECRET_NAMES if row.match is Match.END)
_WHOLE = frozenset(row.stem for row in SECRET_NAMES if row.match is Match.WORD)


@lru_cache(maxsize=8192)
def is_secret_name(name: str) -> bool:
    """Whether the value under a name is a secret, whatever the name's case and separators.

    >>> [is_secret_name(name) for name in ("adminPass", "DB.PASSWORD", "compass")]
    [True, True, False]
    """
    plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
    words = [word for one in _WORDS.findall(plain) if (word := one.lower()) not in _HARMLESS_WORDS]
    folded = "".join(words)
    if folded in _HARMLESS_NAMES:
        return False
    return (
        any(stem in folded for stem in _ANYWHERE)
        or any(word in _WHOLE or word.endswith(_ENDS) for word in words)
        or folded in _WHOLE
    )


def _spellings(stem: str) -> list[str]:
    return [stem.replace(" ", separator) for separator in ("", "_", "-", ".", " ")]


TEXT_TRIGGERS = tuple(
    dict.fromkeys(
        trigger
        for row in SECRET_NAMES
        if row.match is not Match.WORD
        for trigger in _spellings(row.stem)
    )
)
"""A lower-cased text without any of these names no secret but by a short word."""
SHORT_WORDS = re.compile(
    rf"(?<![a-z])(?:{'|'.join(sorted(_WHOLE, key=len, reverse=True))})(?![a-z])"
)
"""Finds the short words in a lower-cased text."""
LAST_PARTS = frozenset(row.stem.rpartition(" ")[2] for row in SECRET_NAMES if " " in row.stem)
"""Words that make a secret's name together with the word before them: `Account Key`."""
