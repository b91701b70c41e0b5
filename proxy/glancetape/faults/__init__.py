"""How a cloud misbehaves, for tests of clients: delays, errors, broken connections, odd pages.

Nothing in here happens unless an option asks for it, and the same seed does the same to the same
requests.
"""
