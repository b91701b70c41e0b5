"""The option --header: a header that is sent with a request."""

from glancetape_cassettes.errors import BadParameter


def header_of(text: str) -> tuple[str, str]:
    """Read 'NAME: VALUE'. Raises BadParameter, which does not repeat what may be a secret."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise BadParameter("--header is not 'NAME: VALUE'.")
    return name.strip(), value.strip()
