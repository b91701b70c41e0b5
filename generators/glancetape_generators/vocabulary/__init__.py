"""The words that images are made of, and the weighted tables that choose among them."""
