"""What list queries are made of in queries.py, the malformed above all."""

SORT_KEYS = "name status container_format disk_format size id created_at updated_at".split()
TEXTS = "name id status container_format disk_format".split()
PLAIN = "owner checksum os_hash_value os_hash_algo min_disk min_ram size virtual_size".split()
OPERATORS = ("gt", "gte", "lt", "lte", "eq", "neq")
MEMBER_STATUSES = ("accepted", "pending", "rejected", "all")
VISIBILITIES = ("public", "private", "shared", "community", "all")

BAD_TEXTS = (
    "neq:a gt:a IN:a key:value 10:30 : in eq eq: in: in:, in:,, in:,zebra in:zebra, in:a,,b"
    ' in:"a,b in:a"b" in:"a"b in:"a,b,c" in:"a,b,c",zebra in:\\"a,b in:"a\\"b" in:"a\\\\"b"'
    ' in:"",zebra in:"say_\\"hi\\"" "zebra" in:"zebra", in:,"zebra" in:eq:a eq:in:a'
).split()
NUMBERS = (
    "0 40 040 40.0 +40 -0 4e1 .4e2 40. 0x28 abc 40,100 in:40 1073741824 1073741824.0 ٤٠ 1_0 1e400"
    " 9223372036854775807 9223372036854775808 99999999999999999999 nan -1"
).split()
NUMBERS += ["", " 40 ", "\t40\n", "40\x00", "\xa040"]
TIMES = (
    "2018 2018-10 201810 20181028 2018-10-28 2018-1-2 2018-105 2018-09-06T14:00:00 20180906T140000Z"
    " 2018-09-06T14:00:00+00:00 2018-09-06T22:00:00+08:00 2018-09-06T09:30:00-0430"
    " 2018-09-06T14:00 2018-09-06T14 2018-09-06T14:5 2018-09-06T14:00:00.5Z 2018-09-06T14:00:00,5"
    " 2018-09-06T14:00:00.9999999 2018-09-06t14:00:00z 2018-09-06T24:00:00Z 2018-13-01 2018-02-30"
    " 0000-01-01 0001-01-01 0001-01-01T00:00:00+01:00 9999-12-31T23:59:59-01:00"
    " 2018-09-06T14:00:00+24:00 2018-09-06T14:00:00+23:59 2018-09-06T14:00:00+01:99 1536242400 now"
    " 2018-09-06T14:00:60Z 2018W36 2018-250 ٢٠١٨ 02018-10-01 2018-09-06T14:00:00ZZ -2018 +2018"
).split()
TIMES += ["", "2018-09-06 14:00:00", "2018\n", " 2018", "2018-09-06T14:00:00 08:00"]
LIMITS = (
    "0 1 2 3 7 25 26 100 999 1000 1001 99999 -0 +5 1_0 ٥ 007 99999999999999999999"
    " -1 -5 abc 2.0 1e3 0x10 -abc _1 1__0 ½ ² 5,6 5;6"
).split()
LIMITS += ["", " 5 ", "\t3\n", "\xa04", "1 0", "9" * 5000]
BAD_SORTS = (
    ("sort", "name:asc:x"),
    ("sort", ""),
    ("sort", "name,"),
    ("sort", ","),
    ("sort", "name: "),
    ("sort", "bogus:up"),
    ("sort", "name:up"),
    ("sort", "name;status"),
    ("sort", "owner:asc"),
    ("sort", " name : asc , size "),
    ("sort", "name:"),
    ("sort", "name:ASC"),
    ("sort_key", "name,size"),
    ("sort_key", ""),
    ("sort_key", "Name"),
    ("sort_key", " name "),
    ("sort_key", "__os_type"),
    ("sort_key", "bogus"),
    ("sort_dir", "up"),
    ("sort_dir", ""),
    ("sort_dir", "ASC"),
    ("sort_dir", " asc\t"),
)
ODD_PARAMETERS = (
    ("bogus", "1"),
    ("LIMIT", "3"),
    ("deleted", "true"),
    ("deleted", ""),
    ("deleted_at", "x"),
    ("tags", "x86"),
    ("tags", ""),
    ("__tablename__", "images"),
    ("__tablename__", "image"),
    ("keys", "x"),
    ("metadata", "x"),
    ("self", "x"),
    ("file", "x"),
    ("schema", "/v2/schemas/image"),
    ("", "x"),
    ("", ""),
    ("name ", "zebra"),
    ("__proto__", "x"),
    ("visibility", ""),
    ("visibility", "PUBLIC"),
    ("visibility", "in:public,private"),
    ("visibility", "bogus"),
    ("member_status", ""),
    ("member_status", "Accepted"),
    ("member_status", "bogus"),
    ("protected", "True"),
    ("protected", "1"),
    ("protected", ""),
    ("os_hidden", "TRUE"),
    ("os_hidden", "False"),
    ("os_hidden", "maybe"),
    ("os_hidden", ""),
    ("os_hidden", "MAYBE"),
    ("changes-since", "2018-09-20T00:00:00Z"),
)
FAILING = (
    ("foo_min", "3"),
    ("foo_max", "3"),
    ("_min", "3"),
    ("_max", "3"),
    ("tags_min", "3"),
    ("properties", ""),
    ("properties", "x"),
    ("members", ""),
    ("members", "x"),
    ("locations", "x"),
    ("changes-since", ""),
    ("size_min", "9223372036854775808"),
    ("size_max", "-9223372036854775809"),
    ("created_at", "gt:0001-01-01T00:00:00+01:00"),
    ("updated_at", "foo:9999-12-31T23:59:59-01:00"),
)
RANGED = (
    "size virtual_size min_disk min_ram name id status visibility checksum owner protected"
    " os_hidden deleted deleted_at created_at updated_at os_hash_algo os_hash_value disk_format"
).split()
MARKERS = (
    "",
    "nope",
    "00000000-0000-4000-8000-000000000000",
    "x" * 36,
    "x" * 37,
    "镜" * 36,
    "镜" * 37,
    "'\"--",
    "100%s",
    "<b>&amp;</b>",
    "${explanation}",
)
RAW = (
    "name=%FF%FE",
    "%FF=1",
    "name=\udcff",
    "%C0%80=1",
    "name=%ED%A0%80",
    "marker=%FF",
    "name=%",
    "name=%zz",
    "name=100%25%20&%",
    "name=镜像",
    "name=%E9%95%9C%E5%83%8F",
    "name=%e9%95%9c%e5%83%8f",
    "name",
    "tag",
    "limit",
    "sort",
    "visibility",
    "name=zebra;limit=2",
    ";;&&",
    "&",
    "=",
    "==",
    "name==",
    "name=%00",
    "tag=a=b",
    "tag=a%3Db",
    "tag=team=web&tag=x86",
    "name=a,b,c",
    "name=a%2Cb%2Cc",
    "name=in:%22a,b,c%22",
    "name=in%3A%22a%2Cb%2Cc%22",
    "name=eq:key:value",
    "name=eq%3Akey%3Avalue",
    "name=key:value",
    "name=two++blanks+",
    "name=two%20%20blanks%20",
    "name=two  blanks ",
    "n%61me=zebra",
    "limi%74=3",
    "created_at=lt:2019-01-01T00:00:00Z",
    "created_at=2018-09-06T14:00:00Z",
    "created_at=2018-09-06+14:00:00",
    "created_at=gte:2018-09-06T22:00:00+08:00",
    "created_at=gte:2018-09-06T22:00:00%2B08:00",
    "name=it's&tag=%20x86%20",
    "name=~-_.*()!'",
    "limit=2&~-_.*()!'=/?:@[]$^{}|`<>\\",
    "?limit=2",
    "limit=2?",
)
