"""Recordings of other tools: browsers, proxies, logs, test folders.

`foreign_entries` is what a reader yields and what the table has of each format. `recognising` is
the table, and tells which format a file has. `plain_text`, `response_text` and `page_links` are
what several readers use; every other module reads one format.

A reader never turns what it does not understand into an empty answer: it yields a `LeftOut` with
the reason, or raises CassetteError when the whole file is of no use.
"""
