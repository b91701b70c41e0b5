"""Secrets in tables, in text.

1. `table_columns`: which cells of a table are secret, by its heading.
2. `printed`: tables as programs print and people draw them, and CSV.
3. `typeset`: those of wikis and of typesetting, whose rows may be several lines.
4. `statements`: rows of SQL, and of `pg_dump`.
5. `every_table`: all of them together, with texts for and against each.
"""
