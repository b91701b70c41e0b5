"""Record, replay and generate `GET /v2/images` traffic."""

from glancetape_cassettes.version import __version__ as __version__
