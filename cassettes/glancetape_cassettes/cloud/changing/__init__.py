"""The operations that change images: create, patch, delete, upload, tags, members, actions.

`image_body` checks what a client posts against the schema of an image, and `json_patch` reads the
operations of a PATCH. `images`, `uploads`, `tags` and `sharing` carry changes out, through
`finding`: it returns an image that the caller may change, or refuses in Glance's order and words.
Each operation raises Refused with what the cloud answers when it refuses.
"""
