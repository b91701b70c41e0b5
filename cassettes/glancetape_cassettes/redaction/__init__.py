"""Keeping secrets out of cassettes, and finding those that are in one.

Other rooms use these modules; everything else in this folder is private to it:

- `redactor`: `Redactor`, the one entry. It redacts interactions, requests and text for logs.
- `stand_ins`: the stand-ins of ids and names, and the key that makes them.
- `scan`: the secrets that a cassette of any recorder holds.
- `images.image_redaction`: the same for images that are imported; `images.pseudonyms` also for
  the texts that people chose.
- `policy`: the tables of names, `RedactionOptions`, which adds names to them, and `why_lost`, the
  rule for bodies that were replaced whole.

To read the room, start at `names`, `policy`, `forms` and `secret_patterns` (which names are
a secret's, what is done with each name, secrets by their form). `exchange` collects the ids and
secrets that one interaction shows. `headers`, `urls`, `bodies`, `json_values` and
`keystone_values` redact its parts. `known_secrets` then replaces what was a secret in one part
wherever another part repeats it.
"""
