"""Commands that learn from images, ask for them and show them."""
