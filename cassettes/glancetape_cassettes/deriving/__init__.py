"""Answers to lists that were never recorded, where the recording proves them.

`recognition` says which cloud it is, `walks` joins recorded pages to walks, `ranking` reads in them
which images of one second come first. `rules` says which walk covers a question, `validity` whether
what was recorded later contradicts one, `certainty` which images are sure to match, `order` whether
their order is sure. `collection` puts the answer together, `unproved` words why there is none, and
`answer` takes requests. docs/derived-answers.md has all rules as tables.
"""
