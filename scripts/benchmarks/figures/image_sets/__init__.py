"""What is measured of image sets: making them, opening them, and what they answer."""
