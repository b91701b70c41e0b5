"""The headers of the measured requests; importing them loads nothing else."""

HEADERS = (
    ("Host", "127.0.0.1:9292"),
    ("User-Agent", "python-requests/2.32.3"),
    ("Accept-Encoding", "identity"),
    ("Accept", "*/*"),
    ("Connection", "keep-alive"),
    ("X-Auth-Token", "gAAAAABn" + "Zq3kV9xT2mWb" * 12),
)
"""What a client sends: the token is redacted in every request, as it is in real life."""
