"""Searching for a wrong derived answer in clouds, recordings and questions made by chance."""
