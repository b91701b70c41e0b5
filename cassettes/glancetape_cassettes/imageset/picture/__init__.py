"""A picture of an image set: one page, for people, that needs nothing but a browser.

`numbers` asks the set's indexes, `columns` and `dots` make SVG of what they say, `page` puts it all
on a page. Only `numbers` and what it uses know image sets; the rest is text from numbers.
"""
