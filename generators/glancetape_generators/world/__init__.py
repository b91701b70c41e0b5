"""What images have in common: projects, days, tags, parents, and the tables of their fields."""
