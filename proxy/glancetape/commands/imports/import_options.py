"""What `import` is asked to do, and the options that say it."""

from dataclasses import dataclass
from pathlib import Path

import click

from glancetape.commands.shared_options import json_option, options_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the file is read and reported. A URL goes with recorded traffic, JSON with a cassette."""

    url: str | None
    skip_bad: bool
    as_json: bool


reading_options = options_as(
    "reading",
    Reading,
    click.option("--url", metavar="URL", help="What was asked, for a file that does not say it."),
    click.option(
        "--skip-bad",
        is_flag=True,
        help="Leave out damaged entries and lines that are not images, and report them.",
    ),
    json_option,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What makes an image set one that may be shared."""

    stand_ins: bool
    pseudonymise: bool
    sample: float | None
    """The share of the images that is kept, up to 1; None when none was asked for."""

    @property
    def is_asked(self) -> bool:
        """Whether anything is to be done."""
        return self.pseudonymise or self.sample is not None


def _parse_share(text: str | None) -> float | None:
    if text is None:
        return None
    number = text.removesuffix("%").strip()
    try:
        share = float(number) / 100 if number.isascii() else 0.0
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise click.UsageError("--sample is not a percentage above 0 and up to 100, such as 5%.")
    return share


def _sharing(stand_ins: bool, pseudonymise: bool, sample: float | None) -> Sharing:
    return Sharing(stand_ins=stand_ins or pseudonymise, pseudonymise=pseudonymise, sample=sample)


sharing_options = options_as(
    "sharing",
    _sharing,
    click.option(
        "--stand-ins",
        is_flag=True,
        help="Replace ids and names of projects, users and domains as recording does.",
    ),
    click.option(
        "--pseudonymise",
        is_flag=True,
        help="Also replace names, descriptions, tags and properties of your own, the same text by "
        "the same stand-in. Implies --stand-ins.",
    ),
    click.option(
        "--sample",
        metavar="PERCENT",
        callback=lambda *given: _parse_share(given[2]),
        help="Keep a part of the images, such as 5%, and what they were made from.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An image set that is to be made."""

    file: Path
    out: Path
    about: dict[str, str]
    force: bool
    workers: int | None
