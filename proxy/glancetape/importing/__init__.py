"""Making a cassette from what another tool saved: the same choice and redaction as when recording.

`selecting` decides what is kept, `writing_cassette` writes it, and `report` words what was kept and
left out.
"""
