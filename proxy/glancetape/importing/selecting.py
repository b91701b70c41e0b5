"""What an import keeps of a file: as a recorder would have, had it seen the same traffic."""

from collections.abc import Callable
from urllib.parse import urlsplit

from glancetape.options import Settings
from glancetape_cassettes.interaction import Interaction, Request
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.service import Service, may_touch_images

Chosen = Callable[[Interaction], bool]
"""What the filter of `--only` says of an interaction."""

_NOT_CHOSEN = "--only does not match it"
_KEYSTONE = "of Keystone, which --no-keystone leaves out"
_OTHER = "of another service"


class Selection:
    """Looks at interactions one after the other, and learns from them where each service is."""

    def __init__(self, settings: Settings, chosen: Chosen | None = None) -> None:
        """Take what is recorded, and the filter that decides instead where there is one."""
        self._settings = settings
        self._chosen = chosen
        self._services = KnownServices()

    def why_left_out(self, interaction: Interaction) -> str | None:
        """Return why an interaction is not kept, as a phrase for many; None for one that is."""
        request, response = interaction.request, interaction.response
        services, status = self._services, response.status
        looks = services.looks_into(request.method, request.uri, status, len(response.body))
        service = services.judge(
            request.method, request.uri, response if looks else None, response.status
        )
        is_chosen = None if self._chosen is None else self._chosen(interaction)
        if self._settings.records(service, is_chosen):
            return None
        if is_chosen is not None and service is not Service.KEYSTONE:
            return _NOT_CHOSEN
        return _KEYSTONE if service is Service.KEYSTONE else _OTHER

    def leaves_mark(self, request: Request, status: int | None) -> bool:
        """Whether a request that is not kept may have changed images; a refused one has not."""
        if status is not None and 400 <= status < 500:
            return False
        return self._services.may_be_of_cloud(request.uri) and may_touch_images(
            request.method, urlsplit(request.uri).path, request.body
        )
