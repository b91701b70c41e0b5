"""Which entries are of the image service and Keystone, as a recorder would have judged them."""

from urllib.parse import urlsplit

from glancetape_cassettes.interaction import Headers, Interaction, Request, header
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.service import Service, may_touch_images

OF_GLANCETAPE = "glancetape answered it, and no service"
NOT_MODIFIED = "a 304: its body is in the cache of the client, and the file does not have it"
"""A browser asks whether what it has is still valid, and often shows the request without that. Kept
as it is, it would be an empty answer to everybody who asks."""


def is_of_glancetape(interaction: Interaction) -> bool:
    """Whether a replay answered: a miss would become a recorded 501, a derived page a recorded one.

    `X-Glancetape: recorded; tape.yaml#3` is the service's answer, which passed through a recorder.
    """
    found = header(interaction.response.headers, "x-glancetape")
    return found is not None and found.partition(";")[0].strip() != "recorded"


def why_not_kept(interaction: Interaction) -> str | None:
    """Why an interaction is no answer of a service to its request, whichever service; or None."""
    if is_of_glancetape(interaction):
        return OF_GLANCETAPE
    if interaction.response.status == 304 and not _is_conditional(interaction.request.headers):
        return NOT_MODIFIED
    return None


def _is_conditional(headers: Headers) -> bool:
    return any(header(headers, one) for one in ("if-none-match", "if-modified-since"))


def judge(services: KnownServices, interaction: Interaction) -> Service:
    """Return the service that an interaction is of; what it shows is known from now on."""
    request, response = interaction.request, interaction.response
    method, uri, status = request.method, request.uri, response.status
    looks = services.looks_into(method, uri, status, len(response.body))
    return services.judge(method, uri, response if looks else None, status)


def leaves_mark(services: KnownServices, request: Request, status: int | None = None) -> bool:
    """Whether a request that is not kept may have changed images; a refused one (4xx) has not."""
    if status is not None and 400 <= status < 500:
        return False
    return services.may_be_of_cloud(request.uri) and may_touch_images(
        request.method, urlsplit(request.uri).path, request.body
    )
