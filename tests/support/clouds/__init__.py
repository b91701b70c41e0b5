"""Clouds that a test makes up, what was recorded from them, and how they are asked."""
