"""Answering GET /v2/images: what a query asks, what a caller may see, and the page it gets.

`query` reads a query string or refuses it in the cloud's words, `pool` and `matching` choose the
images, `paging` cuts the page, `answer` puts the response together. How clouds differ stands in one
table, `dialects`.
"""
