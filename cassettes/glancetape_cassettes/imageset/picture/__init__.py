"""A picture of an image set: one HTML page that needs only a browser.

    image set -> numbers (with counting) -> Picture -> columns, bars, dots (SVG) -> page

`numbers` and `counting` read the set's indexes. Everything after `Picture` makes text from numbers
and knows nothing about image sets.
"""
