"""What an import keeps of a file: as a recorder would have, had it seen the same traffic."""

from collections.abc import Callable

from glancetape.options import Settings
from glancetape_cassettes.formats.foreign.of_service import (
    judge,
    leaves_mark,
    why_not_kept,
)
from glancetape_cassettes.interaction import Interaction, Request
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.service import Service

Chosen = Callable[[Interaction], bool]
"""What the filter of `--only` says of an interaction."""

_NOT_CHOSEN = "--only does not match it"
_KEYSTONE = "of Keystone, which --no-keystone leaves out"
OF_OTHERS = "of another service"


class Selection:
    """Looks at interactions one after the other, and learns from them where each service is."""

    def __init__(self, settings: Settings, chosen: Chosen | None = None) -> None:
        """Take what is recorded, and the filter that decides instead where there is one."""
        self._settings = settings
        self._chosen = chosen
        self._services = KnownServices()

    def why_left_out(self, interaction: Interaction) -> str | None:
        """Return why an interaction is not kept, as a phrase for many; None for one that is."""
        if why := why_not_kept(interaction):
            return why
        service = judge(self._services, interaction)
        is_chosen = None if self._chosen is None else self._chosen(interaction)
        if self._settings.records(service, is_chosen):
            return None
        if is_chosen is not None and service is not Service.KEYSTONE:
            return _NOT_CHOSEN
        return _KEYSTONE if service is Service.KEYSTONE else OF_OTHERS

    def leaves_mark(self, request: Request, status: int | None) -> bool:
        """Whether a request that is not kept may have changed images."""
        return leaves_mark(self._services, request, status)
