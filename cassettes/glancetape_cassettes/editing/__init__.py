"""Cassettes as text that is cut and joined: what stays keeps its bytes, its order and its comments.

`cassette_parts` takes a file apart. `joining` merges several, `thinning` removes interactions.
`differences` shows what changed, `written_secrets` which secrets someone wrote into a file, and
`rewriting` puts the new content in the place of the old.
"""
