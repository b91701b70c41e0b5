"""`glancetape verify --against` a real Glance tells what has changed there since the recording."""

import json
from pathlib import Path
from typing import Any

from interop.conftest import StartGlance
from interop.deriving.test_derived_after_changes import change
from support.images.varied import varied_images
from support.interop.asking_glance import asking
from support.interop.glance import Glance
from support.interop.recorded_glance import ME, walk
from support.running.processes import run_process
from support.running.proxies import recording

IMAGES = 200


def _verify(cassette: Path, glance: Glance) -> tuple[int, dict[str, Any]]:
    token = f"X-Auth-Token: user:{ME}:member"
    against = ("--against", glance.url, "--header", token)
    shown = run_process("verify", cassette, *against, "--json")
    assert token.partition(" ")[2] not in shown.stdout + shown.stderr
    report: dict[str, Any] = json.loads(shown.stdout)
    return shown.returncode, report


def test_verify_tells_which_images_came_went_and_changed(
    start_glance: StartGlance, tmp_path: Path
) -> None:
    """Nothing at first; then what was made, renamed and deleted, and no other image."""
    glance = start_glance(varied_images(IMAGES, seed=47))
    cassette = tmp_path / "images.yaml"
    with recording(cassette, glance.url) as proxy, asking():
        walk(proxy.url, "limit=20")

    before = _verify(cassette, glance)
    changed = change(glance, seed=3, count=2)
    after = _verify(cassette, glance)
    glance.stop()

    assert 0 == before[0], before[1]
    assert 1 == after[0], after[1]
    images = after[1]["images"]
    assert sorted(changed.made) == sorted(images["added"])
    assert sorted(changed.deleted) == sorted(images["removed"])
    assert sorted(changed.renamed) == sorted(images["changed"])
