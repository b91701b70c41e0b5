"""Reading recorded pages: which cloud they are from, and which of them make up a walk.

`recognition` finds the dialect. `shown_versions` finds the version, where that matters:
`older_versions` has what a Glance before 17 does in its own way. `reading_pages` reads what each
page was asked for, `walks` joins pages to walks, and `ranking` reads from walks which images of one
second come first. `link_forms` writes links as the cloud does.
"""
