"""Record, replay and generate `GET /v2/images` traffic."""

__version__ = "0.1.0"
