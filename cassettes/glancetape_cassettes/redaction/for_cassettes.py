"""The redactors of a session: for what it records, and for comparing with what was recorded."""

import logging
from collections.abc import Iterable
from pathlib import Path

from glancetape_cassettes.formats.cassette import Redaction
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns

logger = logging.getLogger(__name__)


def redactor_for(
    redaction: Redaction, stand_ins: StandIns | None, sensitive: Iterable[str] = ()
) -> Redactor | None:
    """Give what makes requests comparable with a cassette's, None for foreign cassettes."""
    if redaction.key_id is None:
        return None
    ours = stand_ins if stand_ins and stand_ins.key_id == redaction.key_id else None
    names = (*redaction.sensitive, *sensitive)
    return Redactor(ours, keep_ids=redaction.ids_kept, sensitive=names)


def warn_of_other_key(redaction: Redaction, stand_ins: StandIns | None, path: Path) -> None:
    """Say that a cassette was redacted with a key that is not here."""
    if redaction.key_id is None or redaction.ids_kept:
        return
    if stand_ins is None or stand_ins.key_id != redaction.key_id:
        logger.info(
            "%s was redacted with key %s, which is not here: requests that name real ids miss "
            "(set GLANCETAPE_KEY, or --project for your own id)",
            path,
            redaction.key_id,
        )
