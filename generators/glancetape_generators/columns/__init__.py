"""Images by columns: every field of a block of records at once, and the bodies made of them."""
