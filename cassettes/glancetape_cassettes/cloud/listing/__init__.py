"""A list query, step by step: read it, choose the images that match, cut the page.

`query` reads the query string into a Query, with a value of `conditions` for each filter
(`time_filters` reads times). `visibility` chooses the images that the caller may see, `matching`
those that satisfy the conditions, and `paging` cuts the page in the order that is asked for.
"""
