"""The world: what all images of a set share, such as projects, days, tags and tables of fields."""
