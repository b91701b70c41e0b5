"""A real Glance and real clients: starting, asking and recording them."""
