"""Secrets in all kinds of tables in text."""

from collections.abc import Iterator
from itertools import chain

from glancetape_cassettes.redaction.forms.form import SAMPLE, Span, in_order, spans_form
from glancetape_cassettes.redaction.forms.tables.printed import (
    in_frames,
    in_joined,
    in_lines,
    with_plain_bars,
)
from glancetape_cassettes.redaction.forms.tables.statements import in_copies, in_inserts
from glancetape_cassettes.redaction.forms.tables.typeset import in_typeset


def _in_tables(text: str) -> Iterator[Span]:
    kinds = (in_lines, in_joined, in_frames, in_typeset, in_copies, in_inserts)
    text = with_plain_bars(text)
    return in_order(chain.from_iterable(find(text) for find in kinds))


TABLES = spans_form(
    "secret in a table",
    _in_tables,
    examples=(
        f"COPY users (id, name, password) FROM stdin;\n1\tjoe\t{SAMPLE}\n\\.\n",
        f"User Name,Access Key Id,Secret Access Key\njoe,AK1,{SAMPLE}",
        f"# a\n# b\n# c\n# d\n# e\nname,password\njoe,{SAMPLE}",
        f"# name,password\njoe,{SAMPLE}",
        f"USER      PASSWORD\njoe       {SAMPLE}",
        f"key,value\nhost,h\ndb_password,{SAMPLE}",
        f"| Field | Value |\n| id | 1 |\n| adminPass | {SAMPLE} |",
        f"a\nb\nc\nd\ne\n+---+---+\n| user | token |\n+---+---+\n| joe | {SAMPLE} |\n+---+---+",
        f"+---+---+\n| user | token |\n+---+---+\n+---+---+\n| joe | {SAMPLE} |",
        f"> | user | token |\n> |---|---|\n> | joe | {SAMPLE} |",
        f"1:05 | user | token |\n1:06 +---+---+\n1:07 | joe | {SAMPLE} |",
        f"failed: | user | token |\n| joe | {SAMPLE} |",
        f"a: [1:05] | user | token |\n[1:06] | joe | {SAMPLE} |",
        f"| user | token |\r\n|---|---|\r\n| a \\| b | {SAMPLE} |\r\n",
        f"a\n| user \\| name | token |\n| a | {SAMPLE} |\n",
        f"user|token\na\\|{SAMPLE}",
        f"2 users: name,password\njoe,{SAMPLE}",
        f"a\nb\nc\nd\ne\nUser Name;Secret Access Key\njoe;{SAMPLE}\n\nf, g",
        f"users: name, password\njoe, {SAMPLE}\n",
        f'.. csv-table::\n   :header: "user", "password"\n\n   "joe", "{SAMPLE}"\n',
        f"¦ user ¦ password ¦\n¦ joe ¦ {SAMPLE} ¦",
        f"user ¦ password\njoe ¦ {SAMPLE}",
        f"a\n^ user ^ password ^\n| joe | {SAMPLE} |",
        f"a\n|| user || password ||\n| joe | {SAMPLE} |",
        f'{{| class="wikitable"\n! user !! password\n|-\n| joe || {SAMPLE}\n|}}',
        f'{{|\n! user\n! style="a" | password\n|-\n| joe\n| {SAMPLE}\n|}}',
        f"user & password \\\\ \\hline\njoe & {SAMPLE} \\\\",
        f"\\textbf{{user}} & \\textbf{{password}} \\\\\njoe & {SAMPLE} \\\\\n\\end",
        f".. list-table::\n\n   * - user\n     - password\n   * - joe\n     - {SAMPLE}\n",
        f"|===\n|user |password\n\n|joe\n|{SAMPLE}\n|===",
        f"|===\n|user\n|password\n\n|joe\n|{SAMPLE}\n|===",
        f"INSERT INTO users (name, password) VALUES ('joe', '{SAMPLE}')",  # noqa: S608
        f"insert into `u` (`a`, `api_token`) values\n('x;y', '{SAMPLE}'),\n('z', null);",
        f"REPLACE INTO u(sk) SELECT '{SAMPLE}' FROM dual",  # noqa: S608
        f"INSERT INTO passwords VALUES (1, '{SAMPLE}')",  # noqa: S608
    ),
    counterexamples=(
        "name,size\na,1",
        "USER  SIZE\njoe   1",
        "| Field | Value |\n| name | ubuntu |",
        "| Name | Description |\n| token | what the service gave out |",
        "| name | value |\n|---|---|\n| password | the one of the user |",
        "| Name | Token |\n|---|:-:|\n| joe | |",
        "| Token | Size |\n|---:|-----|",
        "ls | grep token | wc\nls | sort | uniq",
        "ls | grep token\nls | sort",
        "methods: password,token\nothers: a,b",
        "methods: external,password\nothers: a,b",
        "a\nb\nc\nd\ngive a user, password\nor a token, please",
        "a: name, password\nb, enabled",
        "a\nb\nc\nd\nSELECT user,password\nFROM a,b",
        "{| a\n! user !! password\n|}\n| joe || no secret",
        "|===\n|user |size\n|joe |small\n|===",
        "user & password, or token \\\\ a & b",
        "Fish & Token \\\\server\\a\nsome text & something else \\\\server2",
        "user & password \\\\\na & text\n\nof another paragraph \\\\\n",
        "> | user | token |\n# | joe | none of it |",
        "INSERT INTO tokens (id, name) SELECT id, o.name FROM old_tokens o;",
        "INSERT INTO a (b) VALUES (1)",
        "INSERT INTO users (name, password) VALUES (%s, %s)",
        "insert into the form (password) values that you know",
    ),
)
