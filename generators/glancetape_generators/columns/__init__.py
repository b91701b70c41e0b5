"""Images by columns: every field for a whole block of records at once, and the JSON from them."""
