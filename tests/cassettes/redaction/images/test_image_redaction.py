"""Images that are imported: no secret in any of them, and the rest as it was."""

import json
import pickle
from pathlib import Path
from random import Random
from uuid import UUID

import orjson
import pytest

from glancetape_cassettes.imageset.image_fields import BadImage, check
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.importing import import_ndjson
from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction, _Known
from glancetape_cassettes.redaction.names.name_table import SECRET_NAMES
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.scan import scan
from glancetape_cassettes.redaction.secret_patterns import ALL_FORMS
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.drawn.examples import share_of
from support.secrets.positions import NAMES, SECRET
from support.sets.set_files import Record, record, write_ndjson

KEY = b"a key for these tests"
KEPT = ImageRedaction(key=KEY, options=RedactionOptions(keep_ids=True))
REPLACED = ImageRedaction(key=KEY, options=RedactionOptions())
ID = "1e4d8a52-5a0c-4a7a-9c8e-0b5b1f3d2c61"
OWNER, MEMBER = "0a5f2b6e4c1d4e0f9b8a7c6d5e4f3a2b", "1a5f2b6e4c1d4e0f9b8a7c6d5e4f3a2b"
COUNTEREXAMPLES = tuple(text for form in ALL_FORMS for text in form.counterexamples)
TEXTS = tuple(dict.fromkeys(one for form in ALL_FORMS for one in form.examples if SECRET in one))
PLANTED: dict[str, Record] = {
    **{f"named {name}": {name: SECRET} for name in NAMES},
    **{f"text {text[:40]!r}": {"note": text} for text in TEXTS},
    "tag": {"tags": ["a", f"password={SECRET}"]},
    "pair of tags": {"tags": ["password", SECRET]},
    "location": {"locations": [{"url": f"swift+http://joe:{SECRET}@h/v1/x", "metadata": {}}]},
    "in the name": {"name": f"vm password={SECRET}"},
    "repeated": {"os_admin_password": SECRET, "description": f"made with {SECRET} for you"},
    "beside its name": {"key": "sk", "value": SECRET},
    "several lines": {"note": f"a\npassword: {SECRET}\nb"},
    "numbers of letters": {"note": f"&#45;&#45;&#45;&#45;&#45;BEGIN PRIVATE KEY-----\n{SECRET}"},
    "percent signs": {"note": f"%70%61%73%73%77%64:{SECRET}"},
    "name with digits": {"note": f"id ed25519={SECRET}"},
    "name of a property": {f"password={SECRET}": "x"},
}


def wide_image(**fields: object) -> Record:
    """An image with enough members that it is not taken for a name beside its value."""
    more = {f"__p{number}": f"value {number}" for number in range(8)}
    return record(ID, owner=OWNER, **more, **fields)


@pytest.mark.parametrize("redaction", [KEPT, REPLACED], ids=["ids kept", "stand-ins"])
def test_no_secret_is_left_in_an_image(redaction: ImageRedaction) -> None:
    left = []
    for name, fields in PLANTED.items():
        redacted, replaced = redaction(wide_image(**fields))
        check(redacted)
        if SECRET in json.dumps(redacted) or not replaced or redacted["id"] != ID:
            left.append(name)

    assert [] == left


def test_what_was_plain_in_one_image_is_not_plain_with_other_digits() -> None:
    """The cheap look takes `web-2023` for `web-0000`; a secret may be made of digits."""
    for plain, secret in (
        ("p0ssw0rd=1", f"p4ssw0rd={SECRET}"),
        ("note-00000000", "70617373776f72643d68756e746572323232"),
        ("code 1", "password 12345678"),
        ("see ref-6eb46d00", f"token ref={SECRET}"),
        ("6eb46d00-connection url.g48awl_", "dadddddb-connection url.g48awl_"),
        (f"h:0000:db:joe:{SECRET}", f"h:5432:db:joe:{SECRET}"),
        (f"bucket:{'0a' * 16}.zvhd2", f"bucket:{b'password=hunter2'.hex()}.zvhd2"),
        ("0a" * 64, (b"password=hunter2" * 4).hex()),
        (f"h:500:{'0a' * 16}", f"h:500:aad3b435b51404ee:{'0b' * 16}:::"),
        ("web,6eb46d00-93bb-4d0e-adbe-913f955f0752", "token,1e4d8a52-5a0c-4a7a-9c8e-0b5b1f3d2c6f"),
    ):
        redaction = ImageRedaction(key=KEY + plain.encode(), options=KEPT.options)
        fresh = ImageRedaction(key=KEY + secret.encode(), options=KEPT.options)
        redaction(wide_image(note=plain))

        assert fresh(wide_image(note=secret)) == redaction(wide_image(note=secret))


HEADS = (
    "", "192.0.2.7:bucket:", "joe:500:", "a:::", "1//0,", "h:5432:db:joe:", "password:", "token, ",
    "key-", "AKIA", "id ed25519 ", "&#112;", "%70", "p\u00e9 ", "SK", "1234567890:", "secret is ",
)  # fmt: skip
TAILS = ("", ".zvhd2", ":", "=", "-us1", " x", ".long-suffix", "==")
STEMS = tuple(row.stem for row in SECRET_NAMES)
LENGTHS = (2, 7, 8, 12, 16, 24, 32, 40, 64, 96, 128, 130)


def _value(rng: Random) -> str:
    length = rng.choice(LENGTHS)
    digits = (
        f"{rng.getrandbits(4 * length):0{length}x}",
        f"{rng.randrange(10**length):0{length}}",
        f"password={rng.getrandbits(32):x}".encode().hex(),
        str(UUID(int=rng.getrandbits(128))),
    )
    words = "".join(rng.choices("abcdef", k=8)), rng.choice(STEMS), rng.choice(digits)
    made = rng.choice(HEADS) + rng.choice(digits) + rng.choice(TAILS)
    if rng.random() < 0.1:
        made = rng.choice("-_ :=.").join(words)
    return rng.choice((made, made, made, rng.choice(TEXTS), rng.choice(COUNTEREXAMPLES)))


def _random_image(rng: Random) -> Record:
    fields: Record = {f"note_{number}": _value(rng) for number in range(rng.randrange(1, 4))}
    if rng.random() < 0.4:
        words = (*("web", "a=b", "password", "env=prod"), _value(rng))
        fields["tags"] = rng.sample(words, rng.randrange(1, 4))
    if rng.random() < 0.3:
        project = rng.choice((OWNER, MEMBER, _value(rng)))
        fields["members"] = [{"member_id": project, "status": "accepted"}]
    return wide_image(**fields) if rng.random() < 0.5 else record(ID, owner=OWNER, **fields)


def test_the_cheap_look_finds_what_the_whole_search_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many images, each of which may teach the cheap look what is plain."""
    rng, count = Random(5), share_of(1000)
    raw = [orjson.dumps(_random_image(rng)) for _ in range(count)]

    cheap = [orjson.dumps(KEPT(orjson.loads(one))) for one in raw]
    monkeypatch.setattr(_Known, "is_plain", lambda *_: False)
    whole = [orjson.dumps(KEPT(orjson.loads(one))) for one in raw]

    assert [] == [one for one, *both in zip(raw, cheap, whole, strict=True) if both[0] != both[1]]
    assert count / 5 < sum(one.endswith(b",0]") for one in whole) < count * 4 / 5


@pytest.mark.parametrize(
    "value",
    ["web-20230416", "Fedora 27 64bit", "image,eu-west-101,6eb46d00-93bb-4d0e-adbe-913f955f0752",
     "true", "", "tomcat-v110", '{"ssh_key": "true"}', "192.0.2.10:5443:pcsims" + OWNER],
)  # fmt: skip
def test_an_image_without_secrets_stays_as_it_is(value: str) -> None:
    before = wide_image(note=value, tags=["a=b", "web"], members=[], size=None, protected=True)
    text = orjson.dumps(before)

    assert (before, 0) == KEPT(before)
    assert text == orjson.dumps(before)


def test_owner_members_and_home_project_get_the_same_stand_ins() -> None:
    members = [{"member_id": MEMBER, "status": "accepted"}]

    redacted, replaced = REPLACED(wide_image(members=members, note=f"of {OWNER}"))

    keys = StandIns(KEY)
    assert 3 == replaced
    assert keys.identity(OWNER) == redacted["owner"] == REPLACED.identity(OWNER)
    assert f"of {keys.identity(OWNER)}" == redacted["note"]
    assert [{"member_id": keys.identity(MEMBER), "status": "accepted"}] == redacted["members"]
    assert (redacted, 0) == REPLACED(redacted)
    assert OWNER == KEPT.identity(OWNER)


def test_a_tag_names_a_column_of_another_list() -> None:
    """As in other records with few members."""
    few = record(ID, owner=OWNER, tags=["id", "password", "x"], locations=["a", SECRET, "b"])

    redacted, _ = KEPT(few)

    assert ["a", "REDACTED", "b"] == redacted["locations"]


def test_tags_that_become_the_same_are_one() -> None:
    redacted, _ = KEPT(wide_image(tags=["password=a7f3k2q9x", "b", "password=z6g4m1p8y"]))

    assert ["password=REDACTED", "b"] == redacted["tags"]


def test_an_image_whose_id_is_a_secret_is_refused() -> None:
    with pytest.raises(BadImage, match="its id or its times hold a secret"):
        KEPT({**wide_image(), "id": f"password={SECRET}"})


def test_sensitive_names_are_secret_too() -> None:
    options = RedactionOptions(keep_ids=True, sensitive=("my-note",))

    redacted, replaced = ImageRedaction(key=KEY, options=options)(wide_image(my_note="plain"))

    assert ("REDACTED", 1) == (redacted["my_note"], replaced)


def test_a_set_is_the_same_whatever_redacts_it(tmp_path: Path) -> None:
    """The redaction is sent to other processes; its key is not shown."""
    lines = [
        wide_image(**fields) | {"id": f"{n:036d}"} for n, fields in enumerate(PLANTED.values())
    ]
    source = write_ndjson(tmp_path / "a.ndjson", lines)
    sent = pickle.loads(pickle.dumps(KEPT))

    for name, redaction in (("a", KEPT), ("b", sent)):
        done = import_ndjson(source, tmp_path / f"{name}.images", {}, redact=redaction)
        assert len(lines) <= done.redacted
    with ImageSet(tmp_path / "a.images") as one, ImageSet(tmp_path / "b.images") as other:
        assert list(one) == list(other)

    assert "a key" not in repr(KEPT)
    assert () == scan(tmp_path / "a.images").findings
