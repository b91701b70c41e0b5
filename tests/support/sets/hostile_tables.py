"""SQL that replaces a table of an image set and makes its reader wait, or run something."""

import sqlite3

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]


def view_without_end(connection: sqlite3.Connection, table: str) -> None:
    names = columns(connection, table)
    connection.execute(f"DROP TABLE {table}")
    values = ", ".join(f"i AS {name}" for name in names)
    connection.execute(f"CREATE VIEW {table} AS {ENDLESS.format(values)}")


def _view_of_all_pairs(connection: sqlite3.Connection, table: str) -> None:
    names = ", ".join(f"a.{name}" for name in columns(connection, table))
    connection.execute(f"ALTER TABLE {table} RENAME TO kept")
    joined = "kept a, kept b, kept c, kept d, kept e"
    connection.execute(f"CREATE VIEW {table} AS SELECT {names} FROM {joined}")


def _view_of_long_values(connection: sqlite3.Connection, table: str) -> None:
    names = ", ".join(f"zeroblob(900000000) AS {name}" for name in columns(connection, table))
    connection.execute(f"DROP TABLE {table}")
    connection.execute(f"CREATE VIEW {table} AS SELECT {names}")


def _virtual_table(connection: sqlite3.Connection, table: str) -> None:
    names = ", ".join(columns(connection, table))
    connection.execute(f"DROP TABLE {table}")
    connection.execute(f"CREATE VIRTUAL TABLE {table} USING fts5({names})")


def _computed_column(connection: sqlite3.Connection, table: str) -> None:
    names = columns(connection, table)
    connection.execute(f"DROP TABLE {table}")
    rest = "".join(f", {name} AS (hex(zeroblob(100000000)))" for name in names[1:])
    connection.execute(f"CREATE TABLE {table} ({names[0]}{rest})")


def _trigger(connection: sqlite3.Connection, table: str) -> None:
    connection.execute(f"CREATE TRIGGER t AFTER INSERT ON {table} BEGIN DELETE FROM {table}; END")


def _index(connection: sqlite3.Connection, table: str) -> None:
    (name, *_) = columns(connection, table)
    connection.execute(f"CREATE INDEX other ON {table} (hex(hex({name})))")


def _other_case(connection: sqlite3.Connection, table: str) -> None:
    connection.execute(f"ALTER TABLE {table} RENAME TO other")
    connection.execute(f"CREATE VIEW {table.upper()} AS {ENDLESS.format('i')}")


def _no_table(connection: sqlite3.Connection, table: str) -> None:
    connection.execute(f"DROP TABLE {table}")


HOSTILE_CHANGES = (
    view_without_end, _view_of_all_pairs, _view_of_long_values, _virtual_table,
    _computed_column, _trigger, _index, _other_case, _no_table,
)  # fmt: skip
"""Each takes a connection and the name of a table."""
