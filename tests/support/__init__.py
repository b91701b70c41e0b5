"""What tests share, in rooms; no test of the product is here."""
