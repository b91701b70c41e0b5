"""Answers to lists that were never recorded, where the recording proves them.

`rules` says which walk covers a question, `walks` finds the walks, `validity` asks whether what was
recorded later contradicts one, `certainty` which images are sure to match, `collection` puts an
answer together, and `answer` takes requests. docs/derived-answers.md has all rules as tables.
"""
