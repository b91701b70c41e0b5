"""What lies on disk, and everything that answers from it: cassettes, proofs and image sets.

`formats`, `redaction` and `writing` are about cassettes, `replaying` finds recorded answers, and
`collection` and `deriving` prove answers that were not recorded. `imageset` is a set of images in
one file, and `cloud` the simulated service that answers from it.

Nothing here knows a proxy or an HTTP server: requests come in as values, responses go out.
"""
