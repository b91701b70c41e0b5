"""Record, replay and generate `GET /v2/images` traffic.

The names below are what a program may rely on; docs/python.md shows each of them. All other modules
may change in any release.
"""

from glancetape_cassettes.version import __version__

# Type checkers take this for true. The program begins here, and until its `main` is called Python
# ends it with a traceback on Ctrl-C: to load typing would be most of that time.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from glancetape.modes import RecordMode
    from glancetape.options import Settings
    from glancetape.session.opening import open_session
    from glancetape.session.session import Session
    from glancetape.wire.asgi import asgi_app
    from glancetape.wire.serving.server_thread import serve
    from glancetape_cassettes.errors import GlancetapeError
    from glancetape_cassettes.formats.cassette import load_cassette
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.interaction import Request, Response
    from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance

__all__ = [
    "Answer",
    "GlancetapeError",
    "ImageSet",
    "Miss",
    "Provenance",
    "RecordMode",
    "Request",
    "Response",
    "Session",
    "Settings",
    "__version__",
    "asgi_app",
    "load_cassette",
    "open_session",
    "serve",
]

_MODULES = {
    "Answer": "glancetape_cassettes.replaying.answers",
    "GlancetapeError": "glancetape_cassettes.errors",
    "ImageSet": "glancetape_cassettes.imageset.image_set",
    "Miss": "glancetape_cassettes.replaying.answers",
    "Provenance": "glancetape_cassettes.replaying.answers",
    "RecordMode": "glancetape.modes",
    "Request": "glancetape_cassettes.interaction",
    "Response": "glancetape_cassettes.interaction",
    "Session": "glancetape.session.session",
    "Settings": "glancetape.options",
    "asgi_app": "glancetape.wire.asgi",
    "load_cassette": "glancetape_cassettes.formats.cassette",
    "open_session": "glancetape.session.opening",
    "serve": "glancetape.wire.serving.server_thread",
}

if not TYPE_CHECKING:  # type checkers see the imports above, and so refuse a misspelt name

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that `import glancetape` is quick."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(_MODULES[name]), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """The public names, for `dir` and for completion in a shell."""
        return sorted({*globals(), *_MODULES})
