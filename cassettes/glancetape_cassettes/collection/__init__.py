"""Collections out of recordings: which images a recording shows, page by page, and since when.

`timeline` puts what was recorded in the order of time, `seen` gathers images and pages from it,
`storing` keeps them as an image set, `disk_cache` that beside the cassette. What a query means is
not known in here: which pages make up a walk, and what it proves, `deriving` knows.
"""
