"""Secrets, and every place in an exchange where one can be hidden."""
