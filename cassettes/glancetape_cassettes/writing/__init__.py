"""Writing cassettes: a separate process, the scribe, appends interactions and syncs the file.

`messages` is what the proxy and the scribe send each other, `scribe` the process, `writer` the
open file, and `replace_older` what record mode `all` does at its end.
"""
