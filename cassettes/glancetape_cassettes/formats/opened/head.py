"""What stands before the first item of a cassette: its version, and how it was redacted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.vcr import VERSION
from glancetape_cassettes.later import later

if TYPE_CHECKING:
    from glancetape_cassettes.formats import own_layout, safe_yaml
else:  # a session over an image set alone does without them
    own_layout = later("glancetape_cassettes.formats.own_layout")
    safe_yaml = later("glancetape_cassettes.formats.safe_yaml")


@dataclass(frozen=True, slots=True)
class Redaction:
    """How a cassette was redacted: with which key, whether ids were kept, more sensitive names.

    The default is a cassette that glancetape did not redact, such as one of another recorder.
    """

    key_id: str | None = None
    keep_ids: bool = False
    sensitive: tuple[str, ...] = ()
    """Names that were sensitive besides the built-in ones; requests are compared with the same."""

    def __str__(self) -> str:
        """Return it in words, as messages show it."""
        if self.key_id is None:
            return "is not redacted"
        names = f"; also sensitive: {', '.join(self.sensitive)}" if self.sensitive else ""
        return f"{'keeps ids' if self.keep_ids else 'has stand-ins'} (key {self.key_id}{names})"


def read_head(text: bytes, first: int, where: str, *, is_searched: bool = False) -> dict[str, Any]:
    """What stands before the first item of our own cassette, which begins at `first`.

    Raises CassetteError if it is not YAML, or of another version.
    """
    value = own_layout.read_header(text[:first])
    if value is None:
        node, loader = safe_yaml.compose(text[:first], where)
        if is_searched:
            loader.repeated_keys.clear()
        value = safe_yaml.build(node, loader, where)
    return check_version(value if isinstance(value, dict) else {}, where)


def check_version(
    header: dict[str, Any], where: str, versions: tuple[int, ...] = (VERSION,)
) -> dict[str, Any]:
    """Return the head as it is. Raises CassetteError for a version that is not among these."""
    version = header.get("version", VERSION)
    if version not in versions:
        raise CassetteError(
            f"{where}: cassette version {version!r}, but this release reads version "
            f"{' and '.join(map(str, versions))}; upgrade glancetape or record again."
        )
    return header


def redaction_in(header: dict[str, Any]) -> Redaction:
    """Return how a cassette was redacted, by its head."""
    value = header.get("redaction")
    if not isinstance(value, dict):
        return Redaction()
    key_id, names = value.get("key_id"), value.get("sensitive")
    return Redaction(
        str(key_id) if key_id else None,
        value.get("ids") == "kept",
        tuple(map(str, names)) if isinstance(names, list) else (),
    )
