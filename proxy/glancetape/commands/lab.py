"""The command lab: which misbehaviours of a cloud a client survives."""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.shared_options import (
    WholeNumber,
    command,
    confdir_option,
    json_option,
    path,
    replay_option,
    settings_options,
)
from glancetape.commands.starting.proxy_start import check_files
from glancetape.home_folder import in_home
from glancetape.options import Settings
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.version import __version__

if TYPE_CHECKING:
    from glancetape.faults.lab import Lab
    from glancetape.faults.misbehaviours import Misbehaviour
    from glancetape.faults.verdicts import Ending, Verdict
    from glancetape.session.session import Session
    from glancetape.wire.mitmproxy_runner import Plan

_IMAGES, _SEED = 600, 1
"""The cloud that is made when none is named: a client is shown 153 images, so 139 can be alike."""
_MOST_ASKED = 200
"""A page that was asked for more often is asked for ever."""
_MOST_PRINTED = 64 << 20
"""Bytes; what prints more prints for ever."""
_ENDED = "so was the command"


@command(
    "lab",
    "Find out which misbehaviours of a cloud a client survives.",
    runs_a_program=True,
)
@replay_option(default="600 generated images")
@settings_options("lab", "fault_seed", "own_project", "cloud", "dialect", "key_file")
@click.option(
    "--timeout",
    type=WholeNumber(1, 3600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="End a command that takes longer.",
)
@click.option(
    "--outputs",
    type=path,
    metavar="DIR",
    help="Store what each command printed in this folder: NAME.out, NAME.err.",
)
@json_option
@confdir_option
@click.argument(
    "arguments", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] COMMAND..."
)
def lab(
    *,
    files: tuple[Path, ...],
    settings: Settings,
    timeout: int,
    outputs: Path | None,
    as_json: bool,
    confdir: str,
    arguments: tuple[str, ...],
) -> None:
    """Find out which misbehaviours of a cloud a client survives.

    The command should list images and print their ids or names, page by page. It runs once with a
    cloud that behaves, then once with each misbehaviour, through a proxy as in `glancetape run`.
    It survives if it prints the same images, each as often. Where that is impossible, an exit
    status other than 0 counts too. --lab chooses single misbehaviours. Exits 1 if it does not
    survive all.
    """
    with errors_as_sentences(), removed_when_ended(_ENDED), ExitStack() as stack:
        from glancetape.commands.starting.child_process import ca_folder, check_command
        from glancetape.faults.misbehaviours import MISBEHAVIOURS

        own = stack.enter_context(temporary_folder())

        check_command(arguments)
        chosen = [row for row in MISBEHAVIOURS if not settings.lab or row.name in settings.lab]
        named = tuple(in_home(file) for file in files) or (_generated(own),)
        settings = replace(settings, replay=named, lab=())
        check_files(settings)
        trial = _Trial(
            command=arguments,
            folder=own,
            printed=own if outputs is None else _made(outputs),
            confdir=stack.enter_context(ca_folder(confdir)),
            timeout=timeout,
            seed=settings.fault_seed,
        )
        verdicts = trial.judge_all(settings, chosen)
    survived = all(verdict.survives for verdict in verdicts.values())
    click.echo(_as_json(verdicts) if as_json else _as_table(verdicts))
    sys.exit(0 if survived else 1)


def _made(outputs: Path) -> Path:
    """The folder of the user, which has only what commands printed. Raises GlancetapeError."""
    from glancetape_cassettes.errors import GlancetapeError

    try:
        outputs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "a file has its name" if isinstance(error, FileExistsError) else error.strerror
        raise GlancetapeError(f"{outputs}: the folder cannot be made: {why}.") from error
    if not os.access(outputs, os.W_OK | os.X_OK):
        raise GlancetapeError(f"{outputs}: nothing can be written into the folder.")
    return outputs


def _generated(folder: Path) -> Path:
    from glancetape_generators.generating import generate_set
    from glancetape_generators.spec.reading import read_spec

    out = folder / "lab.images"
    about = {
        "made_by": f"glancetape {__version__} lab",
        "made_from": f"spec region, seed {_SEED}, count {_IMAGES}",
        "dialect": "glance",
    }
    generate_set(read_spec("region"), _IMAGES, _SEED, out, about)
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A client's command, and how it is run."""

    command: Sequence[str]
    folder: Path
    """What the lab makes for itself."""
    printed: Path
    """What the command printed, in a file for each run."""
    confdir: Path
    timeout: int
    seed: int

    def judge_all(self, settings: Settings, rows: Sequence["Misbehaviour"]) -> dict[str, "Verdict"]:
        """The verdict on each misbehaviour, by its name. Raises GlancetapeError."""
        from glancetape.faults.lab import Lab
        from glancetape.faults.verdicts import Behaved
        from glancetape.session.opening import open_session
        from glancetape.wire.saved.recordings import load_recording
        from glancetape_cassettes.errors import GlancetapeError

        with open_session(settings, load_recording) as session:
            well_behaved = Lab((), self.seed)
            refused: list[str] = []
            ending = self._run("well-behaved", session, well_behaved, refused.append)
            shown = len(well_behaved.run.shown)
            if ending.status != 0 or not shown:
                how = "did not end" if ending.status is None else f"ended with {ending.status}"
                errors = (self.printed / "well-behaved.err").read_text("utf-8", "replace")
                raise GlancetapeError(
                    f"{self.command[0]} {how}, and was shown {shown} images, by a cloud that "
                    "behaves; the lab needs a command that lists images there, with any token and "
                    "through the proxy in HTTP_PROXY and HTTPS_PROXY.",
                    *[line for why in refused[-1:] for line in why.splitlines()],
                    *errors.strip().splitlines()[-5:],
                )
            behaved = Behaved.of(ending.printed, well_behaved.run)
            verdicts = {}
            for row in rows:
                lab = Lab((row.name,), self.seed)
                ending = self._run(row.name, session, lab)
                verdicts[row.name] = behaved.judge(row, ending, lab.run)
        return verdicts

    def _run(
        self,
        name: str,
        session: "Session",
        lab: "Lab",
        refused: Callable[[str], None] = lambda _: None,
    ) -> "Ending":
        """How the command ends in one cloud. `refused` is called with each reason of a miss."""
        from glancetape.commands.starting.child_process import (
            environment_for,
            run_watched,
            write_bundle,
        )
        from glancetape.faults.verdicts import Ending
        from glancetape.wire.mitmproxy_runner import ProxyThread

        out, err = self.printed / f"{name}.out", self.printed / f"{name}.err"
        end = time.monotonic() + self.timeout

        def is_over() -> bool:
            size = out.stat().st_size + err.stat().st_size
            return (
                time.monotonic() > end or lab.run.most_asked > _MOST_ASKED or size > _MOST_PRINTED
            )

        with ProxyThread(self._plan(session, lab, refused)) as proxy:
            environment = environment_for(
                proxy.url, write_bundle(self.folder, self.confdir, os.environ), os.environ
            )
            status = run_watched(self.command, environment, out, err, is_over)
        return Ending(status=status, printed=out.read_text("utf-8", "replace"))

    def _plan(self, session: "Session", lab: "Lab", refused: Callable[[str], None]) -> "Plan":
        """The proxy through which the command reaches one cloud."""
        from glancetape.addresses import parse_address
        from glancetape.wire.answering import Answering, Exchange
        from glancetape.wire.mitmproxy_runner import Plan

        def watch(exchange: Exchange) -> None:
            if exchange.why:
                refused(exchange.why)

        return Plan(
            settings=Settings(),
            listen=parse_address("127.0.0.1:0"),
            opened=Answering(replace(session.rewound(), lab=lab), watch),
            confdir=str(self.confdir),
        )


def _as_json(verdicts: dict[str, "Verdict"]) -> str:
    return json.dumps(
        {name: {"survives": one.survives, "why": one.why} for name, one in verdicts.items()},
        indent=2,
    )


def _as_table(verdicts: dict[str, "Verdict"]) -> str:
    from glancetape.faults.misbehaviours import MISBEHAVIOURS
    from glancetape.terminal.tables import table

    what = {row.name: row.what for row in MISBEHAVIOURS}
    return table(
        ("misbehaviour", "survives", "how it shows", "what the cloud does"),
        [
            (name, "yes" if one.survives else "NO", one.why, what[name])
            for name, one in verdicts.items()
        ],
    )
