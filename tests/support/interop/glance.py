"""Starts a real Glance for a test and stops it again."""

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[3] / "scripts" / "glance"
READY = "listening on "


@dataclass(frozen=True)
class Glance:
    """A running Glance and the images it was started with."""

    url: str
    images: list[dict[str, Any]]
    process: subprocess.Popen[str]
    secure_url: str = ""
    """The same over HTTPS, if it has a certificate."""

    def stop(self) -> int:
        """Stop it by SIGTERM, if it still runs, and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=20)
        finally:
            self.process.kill()
            if self.process.stdout is not None:
                self.process.stdout.close()


def start_glance(images: Iterable[Mapping[str, Any]], folder: Path, *options: str) -> Glance:
    """Start a Glance that holds the images; the first call of all installs it.

    The folder takes the NDJSON file and what Glance says on stderr. The options are those of
    scripts/glance.
    """
    records = [dict(image) for image in images]
    ndjson, errors = folder / "images.ndjson", folder / "stderr"
    ndjson.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records))
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [SCRIPT, "--images", ndjson, "--parent", str(os.getpid()), *options],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            # Ctrl-C is for pytest, which then stops its Glance in its own time.
            start_new_session=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith(READY):
        process.stdout.close()
        process.wait()
        raise RuntimeError(f"Glance did not start:\n{errors.read_text(errors='replace')}")
    url, _, secure_url = line.removeprefix(READY).strip().partition(" and ")
    return Glance(url, records, process, secure_url)
