"""Secrets in free text: found by their form, and what only resembles one stays."""

import base64
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.redaction.forms.addresses import ADDRESSES
from glancetape_cassettes.redaction.forms.form import SAMPLE
from glancetape_cassettes.redaction.forms.keys_and_tokens import KEYS_AND_TOKENS, PREFIXES
from glancetape_cassettes.redaction.scrubbing import scrub_binary
from glancetape_cassettes.redaction.secret_patterns import (
    ALL_FORMS,
    Form,
    decode_base64,
    scrub,
)
from support.drawn.examples import dealt
from support.secrets.hostile_texts import HOSTILE

WORD = "Zq7WkR3xVb9TnM5pLc2H"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=abc", "password=REDACTED"),
        ("userPin=abc, cloudSk=abc", "userPin=REDACTED, cloudSk=REDACTED"),
        ("rootPw = abc", "rootPw = REDACTED"),
        ("monitorRole = abc", "monitorRole = REDACTED"),
        ("snmp-server community = abc RO", "snmp-server community = REDACTED RO"),
        ("machine h login joe password = abc", "machine h login joe password = REDACTED"),
        ("password: = abc", "password: = REDACTED"),
        ("pwd = = cookie:a=b; c=dddd", "pwd = = REDACTED"),
        ("pwd = = creds:admin x9rT41sa", "pwd = = REDACTED"),
        ("\u53e3\u4ee4=swordfish".encode().hex(), "REDACTED"),
        ("os_password: abc def", "os_password: REDACTED def"),
        ('"token": "a b", "x": 1', '"token": REDACTED, "x": 1'),
        ("curl --os-password abc x", "curl --os-password REDACTED x"),
        ("--token=abc", "--token=REDACTED"),
        ("Passwort passwd=abc&b=c", "Passwort passwd=REDACTED&b=c"),
        ("pa\u017f\u017fword=abc", "pa\u017f\u017fword=REDACTED"),
        ("see http://u:p@h/x", "see http://h/x"),
        ("swift+https://a:b:c@h:1/v3/c/o", "swift+https://h:1/v3/c/o"),
        ("rbd://u:k@fsid/p/i/s", "rbd://fsid/p/i/s"),
        (f"Bearer {WORD}", "Bearer REDACTED"),
        (f"Basic {base64.b64encode(b'joe:password').decode()}", "Basic REDACTED"),
        ("basic dTpwYXNzd28=", "basic REDACTED"),
        ("Bearer abcDefGHijKlmNopQrs", "Bearer REDACTED"),
        ("bearer 123e4567-e89b-12d3-a456-426614174000", "bearer REDACTED"),
        ("auth='Basic dXNlcnB3' x", "auth='Basic REDACTED' x"),
        (f"X-Auth-Token {WORD}", "X-Auth-Token REDACTED"),
        (f"a eyJhbGciOiJI.{WORD}.{WORD} b", "a REDACTED b"),
        (f"gAAAAAB{WORD}", "REDACTED"),
        ("MII" + WORD * 4, "REDACTED"),
        ("AKIAIOSFODNN7EXAMPLE", "REDACTED"),
        ('{"value": "abc", "sensitive": true}', '{"value": "REDACTED", "sensitive": true}'),
        ("- value: sesame\n  masked: true", "- value: REDACTED\n  masked: true"),
        ("- masked: true\n  value: sesame", "- masked: true\n  value: REDACTED"),
        ("masked: true\nvalue: sesame", "masked: true\nvalue: REDACTED"),
        ("│ a │ token │\n├───┼───┤\n│ b │ sesame │", "│ a │ token │\n├───┼───┤\n│ b │ REDACTED │"),
        ("пароль пользователя = sesame", "пароль пользователя = REDACTED"),
        ("κωδικός πρόσβασης: sesame, ή όχι", "κωδικός πρόσβασης: REDACTED, ή όχι"),
        ("رمز المرور=sesame", "رمز المرور=REDACTED"),
        ('msg="password: |\\n  sesame\\nb"', 'msg="password: |\n  REDACTED\nb"'),
        ('msg="const token: string = \\"sesame\\""', 'msg="const token: REDACTED"'),
        ("http://joe:" + "a@" * 30 + "h/x", "http://h/x"),
        ("smb://corp.example/joe:sesame@h/x", "smb://h/x"),
        ("k_AKIAIOSFODNN7EXAMPLE_old", "k_REDACTED_old"),
        (f"snap_gAAAAAB{WORD}", "snap_REDACTED"),
        ("x_https://joe:hunter2S3cr3t@h/", "x_https://h/"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----!", "REDACTED!"),
        ("-----BEGIN PRIVATE KEY-----\ncut off", "REDACTED"),
        (f"SDK-HMAC-SHA256 Access=A, SignedHeaders=a;b, Signature={WORD}", "REDACTED"),
        ("x password%3Dabc", "x password=REDACTED"),
        ("http%253A%252F%252Fu%253Ap%2540h%252Fx", "http://h/x"),
        (base64.b64encode(b"password=abc def").decode(), "REDACTED"),
        (base64.urlsafe_b64encode(b"?? token=abc~~").decode().rstrip("="), "REDACTED"),
    ],
)
def test_a_secret_in_text_is_replaced(text: str, expected: str) -> None:
    assert expected == scrub(text)
    assert expected == scrub(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Windows Server 2019 Datacenter 64bit",
        "/v2/images?limit=2&sort_key=name&sort_dir=asc",
        "a=b",
        "joe@example.com",
        "basic image",
        "A basic installation of CentOS. See the digest algorithm.",
        "Basic Windows2019 image",
        "Basic CentOS-7.9-x86_64-GenericCloud",
        "basic WindowsServerDatacenterEdition",
        "negotiate something=unknown, basic settings=default",
        "token ring driver",
        "Password policy: complex",
        "one-time-password login, non-token ring driver",
        'Basic realm="glance"',
        "Keystone uri='https://iam.example/v3'",
        "req-902b13a9-f79e-4c62-8202-c7ab0fbacfe6",
        "0123456789abcdef0123456789abcdef",
        base64.b64encode(b"just a description of it").decode(),
        "100% of 50%25",
        "镜像 CentOS 7.3",
        "2018-09-06T14:03:27Z",
        "token=REDACTED",
    ],
)
def test_harmless_text_stays(text: str) -> None:
    assert text == scrub(text)


_OF_ANY_LENGTH = [form for form in ALL_FORMS if form not in KEYS_AND_TOKENS]
"""Keys and tokens of services are known by their length, too."""


@pytest.mark.parametrize("form", _OF_ANY_LENGTH, ids=lambda form: form.kind)
def test_a_secret_longer_than_what_a_form_looks_at_leaves_nothing(form: Form) -> None:
    """Whatever its length, nothing of it stays that anybody could use."""
    for length in (300, 450, 5000):
        word = "".join(Random(length).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))
        for example in form.examples:
            left = scrub(example.replace(WORD, word))
            assert not any(word[at : at + 20] in left for at in range(0, length - 20, 10)), example


def test_long_words_that_are_no_secrets_stay_as_they_are() -> None:
    """Also beside a secret, and if they begin alike."""
    alike = [f"{'a1' * 100}{number}" for number in range(40)]
    text = f"{' '.join(alike)}\nhttp://h/{'b/' * 200}x?limit=1\npassword=zqx7 and zqxx"
    kept = text.replace("=zqx7", "=REDACTED")

    assert kept == scrub(text)


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.kind)
def test_a_row_of_the_table_is_right_about_its_examples(form: Form) -> None:
    for example in form.examples:
        replaced = scrub(example)
        assert example != replaced
        assert WORD not in replaced
        assert replaced == scrub(replaced)
        assert WORD not in scrub(f"{example}\nmore")
    assert list(form.counterexamples) == [scrub(text) for text in form.counterexamples]


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.kind)
def test_an_example_with_an_empty_value_or_cut_anywhere_can_be_searched(form: Form) -> None:
    """An error here would be a request that cannot be recorded."""
    for example in form.examples:
        without = example.replace(SAMPLE, "").replace("swordfish", "")
        for text in [without, *(example[:end] for end in range(len(example)))]:
            found = list(form.found(text))

            assert bool(found) == (form.replaced(text) != text), text


@pytest.mark.parametrize("before", ["snap_", "\u955c\u50cf", "1,"])
@pytest.mark.parametrize("form", [*ADDRESSES, *KEYS_AND_TOKENS], ids=lambda form: form.kind)
def test_a_secret_is_known_by_its_form_behind_another_word(form: Form, before: str) -> None:
    """People join words with `_`, which is a letter to an expression."""
    for example in form.examples:
        assert scrub(before + example) != before + example
        assert WORD not in scrub(before + example)


_LIKE_A_WORD = (
    "sqp_ squ_ sqa_ ntn_ napi_ syt_ fo1_ fm2_ MASK- AKID- ATBB EAAAE- dckr_oat_ sk_test_ rk_live_ "
    "whsec_ pypi- sk- sl. shpat_ dop_v1_ npm_ hf_"
).split()
"""More beginnings of tokens, which a project might give to its images."""
_NAMES_OF_IMAGES = (
    "ubuntu-22.04-server-cloudimg-amd64",
    "rocky_linux_9_build_3_with_kernel_modules_and_many_more_of_the_tools",
    "RCNN-inference-Windows2019-image-20240112",
    "2024-01-02-debian.12.generic-x86_64-base.image",
)


@pytest.mark.parametrize("name", _NAMES_OF_IMAGES)
def test_the_name_of_an_image_that_begins_like_a_token_stays(name: str) -> None:
    """`eyJ` begins a web token, which is another form."""
    prefixes = [one for one in (*PREFIXES, *_LIKE_A_WORD) if "eyJ" not in one]
    names = [f"{prefix}{name}" for prefix in prefixes]

    assert names == [scrub(one) for one in names]


@pytest.mark.parametrize("form", ALL_FORMS, ids=lambda form: form.kind)
@pytest.mark.parametrize("size", [0, 300_000])
def test_each_form_is_found_in_binary_data(form: Form, size: int) -> None:
    """Also far behind its beginning: there some of the examples by default."""
    examples = dealt(form.examples, ALL_FORMS.index(form)) if size else form.examples
    for example in examples:
        plain, wide = example.encode(), example.encode("utf-16-le")
        found = scrub_binary(b"\xff" * size + plain + b"\xff\x00\xff" + wide + b"\xff")

        assert WORD.encode() not in found
        assert WORD.encode("utf-16-le") not in found


@pytest.mark.parametrize(
    "name", ["\u5bc6\u7801", "\u043f\u0430\u0440\u043e\u043b\u044c", "\uff50\uff57"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize("size", [5, 6, 300_000, 300_001])
def test_a_name_beyond_ascii_is_found_in_binary_data(name: str, encoding: str, size: int) -> None:
    """Also far behind its beginning, at an odd place and at an even one."""
    data = b"\x7fELF\0" + b"\xff" * size + f"{name}={WORD}".encode(encoding) + b"\0\0\xff"

    assert scrub_binary(data) == b"REDACTED"


@pytest.mark.parametrize("size", [0, 300_000])
def test_a_value_after_its_name_and_a_zero_is_found_in_binary_data(size: int) -> None:
    """As programs keep strings: each ends with a zero."""
    found = scrub_binary(b"\xff" * size + b"user\0joe\0password\0" + WORD.encode() + b"\0\xff")

    assert WORD.encode() not in found
    assert b"user\0joe\0password\0" in found


def test_random_base64_and_hexadecimal_digits_stay() -> None:
    """Signatures and checksums of images; 5 of 100 with 256 bytes were replaced by chance."""
    random = Random(5)
    blocks = [random.randbytes(size) for size in (32, 64, 128, 256) for _ in range(500)]
    texts = [text for one in blocks for text in (base64.b64encode(one).decode(), one.hex())]
    replaced = [text for text in texts if scrub(f"x {text}") != f"x {text}"]

    assert len(replaced) <= len(texts) / 500


@pytest.mark.parametrize(("size", "is_searched"), [(5_000, True), (100_000, False)])
def test_a_long_text_with_four_kinds_of_escapes_is_replaced_whole(
    size: int, *, is_searched: bool
) -> None:
    """It has fifteen other readings: to search them takes 10 seconds for 112 KiB."""
    text = "some words a%41b a&amp;b a\\x41b \uff50\uff41\uff53 " * (size // 35)

    assert (text if is_searched else "REDACTED") == scrub(text)


@given(st.text())
def test_scrubbing_twice_is_scrubbing_once(text: str) -> None:
    once = scrub(text)

    assert once == scrub(once)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password T0KEN=0", "password T0KEN=REDACTED"),
        ("password is T0KEN:0x", "password is T0KEN:REDACTED"),
        ("password n4me=0", "password n4me=0"),
        ("password n4me=REDACTED", "password REDACTED"),
        ("password Zq7WkR3x=0", "password REDACTED"),
    ],
)
def test_a_name_whose_secret_is_replaced_is_no_secret(text: str, expected: str) -> None:
    assert expected == scrub(text) == scrub(expected)


IN_SENTENCES = (
    "la contraseña para root es {}",
    "a senha é {}",
    "la password è {}",
    "пароль для root: {}",
    "пароль root — {}",
    "het wachtwoord is {}",
    "salasana on {}",
    "le mot de passe root est {}",
    "Mot de passe={}",
    "mật khẩu là {}",
    "รหัสผ่าน คือ {}",
    "كلمة السر هي {}",
    "ο κωδικός είναι {}",
    "root密码{}",
    "密码是{}",
    "登录密码「{}」",
    "管理员密码【{}】",
    "預設密碼為{}",
    "パスワードは{}です",
    "비밀번호는 {} 입니다",
)
HARMLESS_SENTENCES = (
    "支持密码登录, 镜像 CentOS 7.9",
    "la contraseña es obligatoria en Ubuntu 22.04",
    "пароль для root не задан",
    "パスワードは必要です",
    "le mot de passe est choisi au premier démarrage",
    "Le certificat est 123e4567-e89b-12d3-a456-426614174000",
)


@pytest.mark.parametrize("sentence", IN_SENTENCES)
@pytest.mark.parametrize("value", [WORD, "Winterreise-2024!"])
def test_people_of_any_language_write_a_secret_in_a_sentence(sentence: str, value: str) -> None:
    assert value[:10] not in scrub(sentence.format(value))


@pytest.mark.parametrize("sentence", HARMLESS_SENTENCES)
def test_a_sentence_about_passwords_without_one_stays(sentence: str) -> None:
    assert sentence == scrub(sentence)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_secret_after_long_hostile_text_is_found(text: str) -> None:
    """And soon: `scripts/bench --only hostile` measures how soon."""
    assert WORD not in scrub(f"{text}\npassword={WORD}")


@pytest.mark.parametrize("text", ["abc", "0123456789abcdef", "not base64 at all!", "a" * 17])
def test_what_is_not_the_base64_of_text_is_not_decoded(text: str) -> None:
    assert decode_base64(text) is None
