"""Stand-ins: the same id always becomes the same stand-in, and no stand-in leads back to its id.

A stand-in is a keyed hash (HMAC-SHA256), so a filter on an owner still finds that owner's images:

    0123456789abcdef0123456789abcdef      -> facade00 and 24 more hex digits
    fe05659e-d433-4e09-aa78-19e0b7f5e497  -> facade00-....-....-....-............
    joe                                   -> standin-name-....................
    nightly build                         -> standin-text-....................

A stand-in is recognised by its form, and stays as it is when it is recorded again.
"""

import hashlib
import hmac
import logging
import os
import shlex
import stat
from pathlib import Path

from glancetape_cassettes.errors import RedactionKeyError
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.plain_names import word_of

KEY_VARIABLE = "GLANCETAPE_KEY"
_LEAST_KEY = 16
_LONGEST_ID, _MOST_IDS = 36, 4096
_OTHERS = 0o077
_warned: set[Path] = set()
logger = logging.getLogger(__name__)

_HEX_ID = lazy_compile(r"[0-9a-fA-F]{32}\Z")
_UUID = lazy_compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_STAND_IN = lazy_compile(
    r"facade00[0-9a-f]{24}\Z|facade00-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
    r"|standin-(name|text|token|access)-[0-9a-f]{20}\Z"
)
STAND_IN_MARKS = ("facade00", "standin-")
"""How all stand-ins begin."""
_MARKS = tuple(map(str.encode, STAND_IN_MARKS))
_ANYWHERE = lazy_compile(_STAND_IN.pattern.replace(r"\Z", "").encode())
# Values that no project owns: the default domain, the default enterprise project.
_NOT_PRIVATE = frozenset(["", "0", "default", "Default", "all_granted_eps", "REDACTED"])


def is_stand_in(value: str) -> bool:
    """Whether a value has the form of a stand-in."""
    return _STAND_IN.match(value) is not None


def has_stand_in(data: bytes) -> bool:
    """Whether a stand-in is anywhere in data."""
    # Two searches for letters take a tenth of the time of one for an expression.
    return any(mark in data for mark in _MARKS) and _ANYWHERE.search(data) is not None


class StandIns:
    """Makes stand-ins with one key; two keys make different stand-ins of the same id."""

    def __init__(self, key: bytes) -> None:
        """Take the key, of at least 16 bytes; it stays in memory. Raises RedactionKeyError."""
        if len(key) < _LEAST_KEY:
            raise RedactionKeyError(f"the key for stand-ins needs at least {_LEAST_KEY} bytes.")
        self._key = key
        self._identities: dict[str, str] = {}
        self.key_id = hashlib.sha256(b"glancetape key id\0" + key).hexdigest()[:12]

    def __repr__(self) -> str:
        """Return the key's id, never the key."""
        return f"<StandIns of key {self.key_id}>"

    def _hash(self, kind: str, value: str) -> str:
        message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()  # a third of the time of an object

    def identity(self, value: str) -> str:
        """Return the stand-in of a project, user or domain id.

        32 hex digits and UUIDs keep their form, so clients accept them. The two forms are the same
        id. In upper case it is another one: Glance finds nothing for `owner=0A1B...` if the owner
        is `0a1b...`. Pages repeat the ids of a few projects, which are remembered.
        """
        known = self._identities.get(value)
        if known is None:
            known = self._identity(value)
            if len(value) <= _LONGEST_ID and len(self._identities) < _MOST_IDS:
                self._identities[value] = known
        return known

    def _identity(self, value: str) -> str:
        if value in _NOT_PRIVATE or is_stand_in(value):
            return value
        if _HEX_ID.match(value):
            return "facade00" + self._hash("id", value)[:24]
        if _UUID.match(value):
            digits = self._hash("id", value.replace("-", ""))
            return f"facade00-{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:24]}"
        return self.name(value)

    def name(self, value: str) -> str:
        """Return the stand-in of a project's, user's or domain's name."""
        if value in _NOT_PRIVATE or is_stand_in(value):
            return value
        return f"standin-name-{self._hash('name', value)[:20]}"

    def text(self, value: str) -> str:
        """Return the stand-in of a text that people chose: a name of an image, a tag."""
        if value in _NOT_PRIVATE or is_stand_in(value):
            return value
        return f"standin-text-{self._hash('text', value)[:20]}"

    def token(self, value: str) -> str:
        """Return the stand-in of a token: it distinguishes clients, and opens nothing."""
        if not value or is_stand_in(value):
            return value
        return f"standin-token-{self._hash('token', value)[:20]}"

    def access(self, value: str) -> str:
        """Return the stand-in of an access key id or of another credential."""
        if not value or is_stand_in(value):
            return value
        return f"standin-access-{self._hash('access', value)[:20]}"


def default_key_file() -> Path:
    """Return the path of this user's key: `$XDG_CONFIG_HOME/glancetape/key`.

    Raises RedactionKeyError where no home is known, as for a user id without a name in a container.
    """
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    if base.startswith("~"):
        raise RedactionKeyError(
            "no home folder is known, and the key for stand-ins is kept there. "
            f"Set HOME or {KEY_VARIABLE}, or name a file with --key-file."
        )
    return Path(base) / "glancetape" / "key"


def find_key(key_file: Path | None = None) -> bytes | None:
    """Return the key from `key_file`, or from GLANCETAPE_KEY, or from the user's own file.

    Returns None when the user has none, has no home, or may not look into it: a container that runs
    as another user often has the home of root. Warns, once, of a file that others can read. Raises
    RedactionKeyError when a file cannot be read, when `key_file` does not exist, or when the key is
    shorter than 16 bytes.
    """
    if key_file is None and (value := os.environ.get(KEY_VARIABLE)):
        return _long_enough(os.fsencode(value), KEY_VARIABLE)
    try:
        path = key_file or default_key_file()
    except RedactionKeyError:
        return None
    try:
        key = _long_enough(path.read_bytes(), path)
        _warn_if_others_can_read(path)
        return key
    except OSError as error:
        if key_file is None and not os.path.exists(path):
            return None
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise RedactionKeyError(f"{path}: cannot be read: {error.strerror}.") from error
        raise RedactionKeyError(
            f"{path}: no such key file. To make one: openssl rand -hex 32 > {word_of(path)}"
        ) from error


def _warn_if_others_can_read(path: Path) -> None:
    """Warn once about a key that other users of the machine can read."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS and path not in _warned:
        _warned.add(path)
        logger.warning(
            "%s: others can read this key (mode %04o), and tell with it which stand-in is whose. "
            "Run: chmod 600 %s",
            path,
            mode,
            shlex.quote(str(path)),
        )


def _long_enough(key: bytes, where: object) -> bytes:
    key = key.strip()
    if len(key) >= _LEAST_KEY:
        return key
    problem = f"has {len(key)} bytes; it needs at least {_LEAST_KEY}" if key else "is empty"
    raise RedactionKeyError(
        f"{where}: the key for stand-ins {problem}. To make one: openssl rand -hex 32"
    )


def find_or_make_key(key_file: Path | None = None) -> bytes:
    """Return the key as `find_key` does; make the user's own key file when there is none yet.

    Raises RedactionKeyError for a key that is too short, and when the file cannot be read or made.
    """
    key = find_key(key_file)
    if key is not None:
        return key
    import secrets  # a replay makes none

    path = default_key_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = path.with_name(f"key.{os.getpid()}.{secrets.token_hex(4)}")
        fd = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)  # fails when another process was faster; then its key is used
        except FileExistsError:
            pass
        finally:
            made.unlink()
        return _long_enough(path.read_bytes(), path)
    except OSError as error:
        raise RedactionKeyError(
            f"{path}: the key for stand-ins cannot be kept there: {error.strerror}. "
            f"Set {KEY_VARIABLE}, or name a file with --key-file."
        ) from error
