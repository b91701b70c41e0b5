"""A request in the terms of a recording, in which ids and secrets are replaced.

asked      GET /v2/images?owner=0a1b...      &name=ghp_A
compared   GET /v2/images?owner=facade00...  &name=REDACTED   whose name that was is not known
"""
