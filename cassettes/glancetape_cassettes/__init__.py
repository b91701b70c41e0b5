"""What lies on disk and what can be asked of it.

Interactions come in from the wire or from a YAML cassette, are redacted, and go out again
byte for byte. Nothing here knows a proxy or an HTTP server.
"""
