"""Asking without a network: the addon's hooks, the ASGI app and the direct server's connection."""
