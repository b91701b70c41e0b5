"""What another tool than a VCR saved, such as a HAR file, as a cassette; it is read at once."""

import logging
from collections import Counter
from hashlib import blake2b
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign import foreign_entries, of_service
from glancetape_cassettes.formats.opened.in_memory import InMemory, Place
from glancetape_cassettes.interaction import Interaction, mark_of
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.plain_names import word_of
from glancetape_cassettes.service import Service

logger = logging.getLogger(__name__)


class RecordingOfOthers(InMemory):
    """What another tool than a VCR saved, such as a HAR file; it is read at once."""

    def __init__(
        self, path: Path, entries: foreign_entries.Entries, *, skip_bad: bool = False
    ) -> None:
        """Read all entries of the image service and of Keystone.

        Of other requests, those that may have changed images become marks. Raises CassetteError
        when no entry is kept, or when one is damaged; the latter not with `skip_bad`.
        """
        services = KnownServices()
        kept: list[tuple[Interaction, Place]] = []
        left_out = Counter[str]()
        for one in of_service.with_validated(entries):
            if isinstance(one, foreign_entries.Entry):
                request, date = one.interaction.request, one.interaction.recorded_at
                status: int | None = one.interaction.response.status
                if why := of_service.why_not_kept(one.interaction):
                    left_out[why] += 1
                    if why != of_service.NOT_STORED:
                        continue
                    status = None
                elif of_service.judge(services, one.interaction) is not Service.OTHER:
                    kept.append((one.interaction, Place(one.number)))
                    continue
                else:
                    left_out["of another service"] += 1
            else:
                if one.is_bad and not skip_bad:
                    made = word_of(path.with_suffix(".yaml"))
                    raise CassetteError(
                        f"{path}, entry {one.number}: {one.reason}. To leave it out: "
                        f"glancetape import {word_of(path)} --out {made} --skip-bad"
                    )
                left_out[one.reason] += 1
                if one.request is None:
                    continue
                request, date, status = one.request, one.recorded_at, None
            if of_service.leaves_mark(services, request, status):
                kept.append((mark_of(request, date), Place(one.number)))
        if all(interaction.passed_through for interaction, _ in kept):
            raise CassetteError(
                f"{path}: no answer of the image service is in it.",
                *(f"{count:,} left out: {reason}" for reason, count in left_out.items()),
            )
        for reason, count in left_out.items():
            logger.warning("%s: left out %d: %s", path, count, reason)
        interactions = [interaction for interaction, _ in kept]
        places = [place for _, place in kept]
        super().__init__(path, interactions, places)

    def _hash(self) -> bytes:
        """Return a hash of all that was read: an entry may have its body in another file."""
        digest = blake2b(digest_size=16)
        for one in self._interactions:
            asked, answered = one.request, one.response
            for part in (
                *(asked.method, asked.uri, asked.headers, asked.body, one.recorded_at),
                *(answered.status, answered.reason, answered.headers, answered.body),
            ):
                content = part if isinstance(part, bytes) else repr(part).encode("utf-8", "replace")
                digest.update(b"%d:" % len(content) + content)
        return digest.digest()
