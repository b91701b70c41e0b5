"""Reading the key of mitmproxy's CA once in a process.

mitmproxy does it twice in each start, and that is two thirds of what a start takes: an RSA key is
checked for being one.
"""

from functools import cache

from mitmproxy import certs

_READ = cache(certs.load_pem_private_key)


def read_key_once() -> None:
    """From now on, let mitmproxy read the same key only once."""
    certs.load_pem_private_key = _READ
