"""A bad spec is refused with its file, line and key, and with what is expected there."""

import pytest

from glancetape_cassettes.imageset import image_fields
from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.vocabulary.flavours import FLAVOURS, OPENSTACK, flavour_named
from support.sets.spec_files import Write, refusal

NO_KEY = (
    "; choose one of like, flavour, store, region, catalogue, kinds, made, platforms, statuses, "
    "projects, members, tags, times, names, disks, properties, templates, churn, given, versions, "
    "parents, apps, images, moments."
)
FIELDS = "choose one of {app}, {os}, {date}, {time}, {number}, {seq}, {hex}, {uuid}."
SAME = (
    "is the same for many images and has no fields; only names and the values of properties have "
    "them."
)
WEIGHT = "is not a weight from 0 to 4,294,967,296, such as 3 or 0.5."
SHARE = "is not a percentage from 0 to 100, such as 5 or 0.5."
NO_DATE = "is not a date like 2018-01-01, of 1970 or later."
NO_TIME = "is not a time like 2026-01-01T00:00:00Z."
TAGGED = "tagged images need keys and a most of at least 1; add them or set share to 0."
LATE = "first must be at least 60 days before now."
API_FIELD = "is a field of the API; choose another name."
BRACKET = "not YAML: a bracket, comma or key is missing or out of place (PyYAML: "
CHARACTER = "not YAML: a character, quote or indent is out of place (PyYAML: "
TAB = "not YAML: it is indented with a tab; write spaces."
CONTROL = "not YAML: it contains a control character; remove it, or save the file as UTF-8."
PLATFORMS = ", ".join(flavour_named("huawei-intl").platforms)


def _properties(text: str) -> str:
    return f"properties: {{p: {{{text}}}}}"


BAD = [  # text, line, rest of the message
    # YAML
    ("kinds: {private: 1", 1, BRACKET),
    ("region: a\nkinds: [", 2, BRACKET),
    ("region: 'a\n", 1, CHARACTER),
    ("a: b: c", 1, CHARACTER),
    ("\tregion: a", 1, TAB),
    ("projects:\n\tcount: 3", 2, TAB),
    ("names: {patterns: {\u00e9: 1}}\nprojects:\n  \tcount: 3", 3, TAB),
    ('region: "a"\t@', 1, CHARACTER),
    ('region: "\\ud800"', 1, CHARACTER),
    ("region: a\nkinds: \x07", 2, CONTROL),
    ("region: a\n".encode("utf-16-le"), 1, CONTROL),
    (b"region: a\n\nkinds: \xff", 3, "not UTF-8; save it as UTF-8."),
    ("region: a\n---\nregion: b", 2, "a second document begins here; write one only."),
    ("kinds: &a {private: 1}\nmade: *a", 2, "aliases are not supported; write the value again."),
    ("region: !!python/name:os.system x", 1,
     "tags such as tag:yaml.org,2002:python/name:os.system are not supported; remove it."),
    ("kinds:\n  private: !!int '1'", 2,
     "tags such as tag:yaml.org,2002:int are not supported; remove it."),
    ("region: ! a", 1, "tags such as ! are not supported; remove it."),
    ("\n" + "[" * 100_000, 2, "nested too deep for a spec."),
    ("region: " + "{a: " * 30 + "}" * 30, 1, "nested too deep for a spec."),
    # Shape
    ("- region", 1, "a list is not a mapping; write `key: value` lines."),
    ("\nregion", 2, "region is not a mapping; write `key: value` lines."),
    ("''", 1, '"" is not a mapping; write `key: value` lines.'),
    ("? [a, b]\n: 1", 1, "a list is not text."),
    ("kinds: {? {a: b} : 1}", 1, "kinds: a mapping is not text."),
    # Keys
    ("\nkind: {private: 1}", 2, f"kind: no such key (did you mean kinds?){NO_KEY}"),
    ("zzz: 1", 1, f"zzz: no such key{NO_KEY}"),
    ("'': 1", 1, f'"": no such key{NO_KEY}'),
    ("catalogue:\n  images: 1\n  evry: 2", 3,
     "catalogue.evry: no such key (did you mean every?); choose one of images, every."),
    ("tags: {<<: {share: 1}}", 1,
     "tags.<<: no such key; choose one of share, most, old, keys, numbers, popular, "
     "spellings."),
    ("region: a\nregion: b", 2, "region: occurs twice."),
    ("projects:\n  count: 3\n  'count': 3", 3, "projects.count: occurs twice."),
    ("tags:\n  keys:\n    a:\n      1: 1\n      '1': 2", 5, "tags.keys.a.1: occurs twice."),
    ("disks:\n  iso: {10: 1,\n    1_0: 2}", 3, "disks.iso.1_0: occurs twice."),
    (_properties("share: 1, kinds: [gold], values: {~: 1, null: 1}"), 1,
     "properties.p.values.null: occurs twice."),
    ("like: golden", 1, f"like: no such preset, golden; choose one of {', '.join(PRESETS)}."),
    ("like: Tenant", 1,
     f"like: no such preset, Tenant (did you mean tenant?); choose one of {', '.join(PRESETS)}."),
    ("like: [tenant]", 1, "like: a list is not text."),
    # Types
    ("catalogue: 3", 1, "catalogue: 3 is not a mapping; write {key: value, ...}."),
    ("catalogue:", 1, "catalogue: nothing is not a mapping; write {key: value, ...}."),
    ("disks: [10]", 1, "disks: a list is not a mapping; write {key: value, ...}."),
    ("kinds: private", 1, "kinds: private is not a mapping; write {key: value, ...}."),
    ("properties: []", 1, "properties: a list is not a mapping; write {key: value, ...}."),
    ("tags: {keys: {env: prod}}", 1,
     "tags.keys.env: prod is not a mapping; write {key: value, ...}."),
    # Weights
    ("region: a\nkinds:\n  golden: 1", 3,
     "kinds.golden: no such kind; choose one of private, shared, market, community."),
    ("kinds: {private: -1}", 1, f"kinds.private: -1 {WEIGHT}"),
    ("kinds: {private: 1.0001}", 1, f"kinds.private: 1.0001 {WEIGHT}"),
    ("kinds: {private: true}", 1, f"kinds.private: true {WEIGHT}"),
    ("kinds: {private: '1'}", 1, f'kinds.private: "1" {WEIGHT}'),
    ("kinds: {private: 0x10}", 1, f"kinds.private: 0x10 {WEIGHT}"),
    ("kinds: {private: 1:30}", 1, f"kinds.private: 1:30 {WEIGHT}"),
    ("kinds: {private: 010}", 1, f"kinds.private: 010 {WEIGHT}"),
    ("kinds: {private: }", 1, f"kinds.private: nothing {WEIGHT}"),
    ("kinds: {private: [1]}", 1, f"kinds.private: a list {WEIGHT}"),
    ("kinds: {private: {a: 1}}", 1, f"kinds.private: a mapping {WEIGHT}"),
    ("kinds: {private: 4294967297}", 1, f"kinds.private: 4294967297 {WEIGHT}"),
    (f"kinds: {{private: {'9' * 9000}}}", 1, f"kinds.private: {'9' * 77}... {WEIGHT}"),
    ("kinds: {}", 1, "kinds: no weight is above 0."),
    ("made:\n  {file: 0, iso: 0}", 2, "made: no weight is above 0."),
    ("made: {file: 4294967296, iso: 1}", 1,
     "made: the weights add up to 4,294,967,297; at most 4,294,967,296 is allowed."),
    ("made: {files: 1}", 1,
     "made.files: no such way (did you mean file?); choose one of instance, file, image, "
     "volume, iso, server_backup."),
    ("platforms: {Redhat: 1}", 1,
     f"platforms.Redhat: no such platform (did you mean Red Hat?); choose one of {PLATFORMS}."),
    ("platforms: {Ubuntu: 1048576, Debian: 1}", 1,
     "platforms: the weights add up to 1,048,577; at most 1,048,576 is allowed."),
    ("platforms: {openEuler: 1}\ntimes: {now: 2019-06-01T00:00:00Z}", 2,
     "times.now: no platform has a version released 60 days before 2019-06-01T00:00:00Z; "
     "choose other platforms or a later time."),
    ("platforms: {Ubuntu: 1}\nversions: {Ubuntu 22.04 server 64bit: 1}\n"
     "times: {now: 2022-06-01T00:00:00Z}", 3,
     "times.now: no platform has a version released 60 days before 2022-06-01T00:00:00Z; "
     "choose other platforms or a later time."),
    ("statuses: {gone: 1}", 1,
     "statuses.gone: no such status; choose one of queued, saving, active, killed, deleted."),
    ("members: {statuses: {accept: 1}}", 1,
     "members.statuses.accept: no such status of a member (did you mean accepted?); choose one of "
     "pending, accepted, rejected."),
    # Numbers
    ("catalogue: {images: 100001}", 1,
     "catalogue.images: 100001 is not a whole number from 0 to 100,000."),
    ("catalogue: {every: 0}", 1,
     "catalogue.every: 0 is not a whole number from 1 to 1,000,000,000."),
    ("projects: {count: 0}", 1, "projects.count: 0 is not a whole number from 1 to 100,000."),
    ("projects: {count: 100001}", 1,
     "projects.count: 100001 is not a whole number from 1 to 100,000."),
    ("projects: {count: 1}", 1,
     "projects.count: shared images need at least 2 projects; raise count or set the weight "
     "of shared to 0."),
    ("projects: {count: 1}\nkinds: {shared: 1}", 2,
     "kinds: shared images need at least 2 projects; raise count or set the weight "
     "of shared to 0."),
    ("parents: {popular: {Ubuntu 22.04 server 64: 1}}", 1,
     "parents.popular.Ubuntu 22.04 server 64: no such public image of huawei-intl that others are "
     "made from (did you mean Ubuntu 22.04 server 64bit, Ubuntu 24.04 server 64bit, "
     "Ubuntu 20.04 server 64bit?)."),
    ("flavour: otc\nparents: {popular: {CCEv2-node-20190123: 1}}", 2,
     "parents.popular.CCEv2-node-20190123: no such public image of otc that others are made from."),
    ("platforms: {Debian: 1, Windows: 0}\nparents: {popular: {Ubuntu 22.04 server 64bit: 1}}", 2,
     "parents.popular.Ubuntu 22.04 server 64bit: Ubuntu is not one of the spec's platforms; give "
     "it a weight in platforms, or leave this image out."),
    ("parents: {popular: {Windows Server 2022 Datacenter 64bit English: 1}}\n"
     "platforms: {Debian: 1, Windows: 0}", 1,
     "parents.popular.Windows Server 2022 Datacenter 64bit English: Windows is not one of the "
     "spec's platforms; give it a weight in platforms, or leave this image out."),
    ("parents: {popular: {Ubuntu 22.04 server 64bit: 0}}", 1,
     "parents.popular: no weight is above 0."),
    ("projects: {evenness: -1}", 1,
     "projects.evenness: -1 is not a whole number from 0 to 1,000,000."),
    ("members: {most: 0}", 1, "members.most: 0 is not a whole number from 1 to 256."),
    ("members: {most: 257}", 1, "members.most: 257 is not a whole number from 1 to 256."),
    ("tags: {share: 101}", 1, f"tags.share: 101 {SHARE}"),
    ("tags: {old: -1}", 1, f"tags.old: -1 {SHARE}"),
    ("tags: {most: 21}", 1, "tags.most: 21 is not a whole number from 0 to 20."),
    ("tags: {most: 8}", 1,
     "tags.most: most is 8, and 7 keys allow at most 7 tags an image; add keys or lower most."),
    ("tags:\n  keys: {a: {b: 1}}", 2,
     "tags.keys: most is 4, and 1 keys allow at most 1 tags an image; add keys or lower most."),
    ("tags: {most: 0}", 1, f"tags.most: {TAGGED}"),
    ("tags: {keys: {}}", 1, f"tags.keys: {TAGGED}"),
    ("times: {growth: 0}", 1, "times.growth: 0 is not a whole number from 1 to 1,000."),
    ("times: {weekend: 1001}", 1, "times.weekend: 1001 is not a whole number from 0 to 1,000."),
    ("times: {bursts: 101}", 1, f"times.bursts: 101 {SHARE}"),
    ("times: {ties: 1%}", 1, f"times.ties: 1% {SHARE}"),
    ("names: {nulls: 101}", 1, f"names.nulls: 101 {SHARE}"),
    # Times
    ("times: {first: 2018}", 1, f"times.first: 2018 {NO_DATE}"),
    ("times: {first: 2018-02-30}", 1, f"times.first: 2018-02-30 {NO_DATE}"),
    ("times: {first: 1969-12-31}", 1, f"times.first: 1969-12-31 {NO_DATE}"),
    ("times: {first: 2018-01-01T00:00:00Z}", 1, f"times.first: 2018-01-01T00:00:00Z {NO_DATE}"),
    ("times: {first: }", 1, f"times.first: nothing {NO_DATE}"),
    ("times: {now: 2026-01-01}", 1, f"times.now: 2026-01-01 {NO_TIME}"),
    ("times: {now: 2026-01-01 00:00:00}", 1, f"times.now: 2026-01-01 00:00:00 {NO_TIME}"),
    ("times: {now: 2026-01-01T24:00:00Z}", 1, f"times.now: 2026-01-01T24:00:00Z {NO_TIME}"),
    ("times: {first: 2025-11-03}", 1, f"times.first: {LATE}"),
    ("times: {now: 2018-03-01T00:00:00Z}", 1, f"times.now: {LATE}"),
    *(
        (f"{within}\ntimes: {{first: 2027-01-01}}", 2, f"times.first: {LATE}")
        for within in (
            "moments: {2024-01-01T00:00:00Z: 4}",
            "images: [{name: a, created_at: 2024-01-01T00:00:00Z}]",
            f"projects: {{named: {{{'a' * 32}: {{times: {{first: 2024-01-01}}}}}}}}",
        )
    ),
    # Disks
    ("disks: {linux: {10: 1}}", 1,
     "disks.linux: no such key (did you mean Linux?); choose one of Linux, Windows, Other, data, "
     "iso."),
    ("disks: {Linux: {9: 1}}", 1, "disks.Linux.9: 9 is not a whole number from 10 to 1,024."),
    ("disks: {Windows: {19: 1}}", 1,
     "disks.Windows.19: 19 is not a whole number from 20 to 1,024."),
    ("disks: {data: {0: 1}}", 1, "disks.data.0: 0 is not a whole number from 1 to 1,024."),
    ("disks: {iso: {1025: 1}}", 1,
     "disks.iso.1025: 1025 is not a whole number from 10 to 1,024."),
    ("disks: {data: {'10': 1}}", 1, 'disks.data.10: "10" is not a whole number from 1 to 1,024.'),
    ("disks: {data: {}}", 1, "disks.data: no weight is above 0."),
    # Names
    ("region: ''", 1, "region: the text is empty; write 1 to 64 characters."),
    ("region: EU west", 1,
     "region: EU west is not the name of a region; write it like eu-west-101."),
    ("names: {patterns: {'{ap}': 1}}", 1,
     f"names.patterns.{{ap}}: no such field {{ap}}; {FIELDS}"),
    ("names: {patterns: {'a {} b': 1}}", 1,
     f"names.patterns.a {{}} b: no such field {{}}; {FIELDS}"),
    ("names: {patterns: {'{app': 1}}", 1,
     f"names.patterns.{{app: {{ and }} can only enclose a field; {FIELDS}"),
    ("names: {patterns: {'{{app}}': 1}}", 1,
     f"names.patterns.{{{{app}}}}: {{ and }} can only enclose a field; {FIELDS}"),
    ("names: {patterns: {'': 1}}", 1,
     'names.patterns."": the text is empty; write 1 to 128 characters.'),
    (f"names: {{patterns: {{{'a' * 129}: 1}}}}", 1,
     f"names.patterns.{'a' * 77}...: has 129 characters; at most 128 are allowed."),
    (f"names: {{patterns: {{'{'a' * 113}{{app}}': 1}}}}", 1,
     f"names.patterns.{'a' * 77}...: can have 129 characters, up to 16 for most fields; at most "
     "128 are allowed."),
    ('names: {patterns: {"a\\u0007": 1}}', 1,
     'names.patterns.a\\u0007: "a\\u0007" contains a control character.'),
    # Tags
    (f"tags: {{keys: {{{'k' * 37}: {{v: 1}}}}}}", 1,
     f"tags.keys.{'k' * 37}: has 37 characters; at most 36 are allowed."),
    (f"tags: {{keys: {{k: {{{'v' * 44}: 1}}}}}}", 1,
     f"tags.keys.k.{'v' * 44}: has 44 characters; at most 43 are allowed."),
    ("tags: {keys: {'': {v: 1}}}", 1,
     'tags.keys."": the text is empty; write 1 to 36 characters.'),
    ("tags: {keys: {a=b: {v: 1}}}", 1,
     "tags.keys.a=b: a key must not contain =, which ends the key in key=value."),
    ("tags: {keys: {a: {v: 0}}}", 1, "tags.keys.a: no weight is above 0."),
    ("tags:\n  keys: {run: {'{uuid}': 1}}", 2, f"tags.keys.run.{{uuid}}: a tag {SAME}"),
    ("tags: {keys: {'r-{Seq}': {v: 1}}}", 1, f"tags.keys.r-{{Seq}}: a tag {SAME}"),
    # Custom properties
    ("properties: {name: {}}", 1, f"properties.name: {API_FIELD}"),
    ("properties: {__os_type: {}}", 1, f"properties.__os_type: {API_FIELD}"),
    ("properties: {members: {}}", 1, f"properties.members: {API_FIELD}"),
    (f"properties: {{{'p' * 256}: {{}}}}", 1,
     f"properties.{'p' * 77}...: has 256 characters; at most 255 are allowed."),
    (_properties("share: 1, kinds: [gold]"), 1,
     "properties.p: values is missing; write all of kinds, values."),
    ("properties: {'p{hex}': {}}", 1,
     f"properties.p{{hex}}: the name of a property {SAME}"),
    (_properties("share: 1, kinds: [gold], values: {'{\"at\": \"{date}\"}': 1}"), 1,
     'properties.p.values.{\\"at\\": \\"{date}\\"}: a property has no field {date}; choose one of '
     "{seq}, {hex}, {uuid}."),
    (_properties("share: 1, kinds: [gold], values: {'{UUID}': 1}"), 1,
     "properties.p.values.{UUID}: a property has no field {UUID}; choose one of "
     "{seq}, {hex}, {uuid}."),
    (_properties(f"share: 1, kinds: [gold], values: {{'{{seq}}': 1, {'v' * 256}: 1}}"), 1,
     "properties: p has a value with a field, so each of its values has up to 255 characters and "
     f"no NUL; shorten {'v' * 77}...."),
    (_properties("share: 1, kinds: [gold], values: {a: 1}")
     + "\ngiven: {kind: {gold: {p: {'{os}': 1}}}}", 2,
     "given.kind.gold.p.{os}: a property has no field {os}; choose one of {seq}, {hex}, {uuid}."),
    (_properties("shares: 1"), 1,
     "properties.p.shares: no such key (did you mean share?); choose one of kinds, values, share."),
    (_properties("share: no, kinds: [gold], values: {a: 1}"), 1, f"properties.p.share: no {SHARE}"),
    (_properties("share: 1, kinds: [golden], values: {a: 1}"), 1,
     "properties.p.kinds: no such kind, golden (did you mean gold?); choose one of gold, private, "
     "shared, market, community."),
    (_properties("share: 1, kinds: gold, values: {a: 1}"), 1,
     "properties.p.kinds: gold is not a list; write [value, ...]."),
    (_properties("share: 1, kinds: [], values: {a: 1}"), 1,
     "properties.p.kinds: name at least one kind: gold, private, shared, market or community."),
    (_properties("share: 1, kinds: [gold, gold], values: {a: 1}"), 1,
     "properties.p.kinds: a kind occurs twice."),
    (_properties("share: 1, kinds: [gold], values: {[a]: 1}"), 1,
     "properties.p.values: a list is not text."),
    ("flavour: aws", 1, f"flavour: no such flavour, aws; choose one of {', '.join(FLAVOURS)}."),
    ("store: swift", 1, "store: no such store, swift; choose one of file, ceph."),
    ("like: openstack\nplatforms: {Solaris: 1}", 2,
     "platforms.Solaris: no such platform; choose one of "
     f"{', '.join(flavour_named(OPENSTACK).platforms)}."),
    ("statuses: {deactivated: 1}", 1,
     "statuses.deactivated: no such status (did you mean active?); choose one of "
     "queued, saving, active, killed, deleted."),
    ("like: openstack\nproperties: {kernel_id: {share: 1, kinds: [gold], values: {a: 1}}}", 2,
     "properties.kernel_id: the flavour openstack makes its values; leave it out."),
    (_properties("share: 1, kinds: [gold], values: {a: 42949673}"), 1,
     "properties.p.values: the weights add up to 42,949,673; at most 42,949,672 is allowed."),
    (_properties("share: 1, kinds: [gold], values: {a: 21474836.25, b: 1}"), 1,
     "properties.p.values: the weights add up to 85,899,349, counted in 1/4; at most 42,949,672 is "
     "allowed."),
    (_properties("share: 0.5, kinds: [gold], values: {a: 42949, b: 1}"), 1,
     "properties.p.values: the weights are too large, or have too many decimals, beside a share "
     "with a fraction; as whole numbers they may add up to 42,949."),
]  # fmt: skip


def _named(text: str | bytes) -> str:
    return repr(text)[:60]


@pytest.mark.parametrize(("text", "line", "said"), BAD, ids=[_named(row[0]) for row in BAD])
def test_a_bad_spec_is_refused_with_its_line(
    text: str | bytes, line: int, said: str, write: Write
) -> None:
    """The message is one sentence."""
    path = write(text)

    shown, _, _ = refusal(path).partition("PyYAML: ")  # what follows are PyYAML's own words
    expected, _, _ = f"spec.yaml, line {line}: {said}".partition("PyYAML: ")
    assert expected == shown


def test_a_custom_property_cannot_have_the_name_of_a_field(write: Write) -> None:
    """An import would read it as the field."""
    for name in sorted(image_fields.FIELDS):
        path = write(f"properties: {{{name}: {{share: 1, kinds: [gold], values: {{a: 1}}}}}}")

        assert f"properties.{name}: is a field of the API" in refusal(path)
