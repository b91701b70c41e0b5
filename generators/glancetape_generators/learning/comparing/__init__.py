"""How alike two captures are, and how good a learned spec is."""
