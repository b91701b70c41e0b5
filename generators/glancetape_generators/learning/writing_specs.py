"""Learn from a capture and write the spec and the report; nothing when the gate finds a leak."""

from collections.abc import Sequence
from pathlib import Path

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.nouns import counted
from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.comparing.held_out import score_held_out
from glancetape_generators.learning.comparing.learning_report import ENOUGH, write_report
from glancetape_generators.learning.comparing.scores import PARTS
from glancetape_generators.learning.gate import Passed, examine
from glancetape_generators.learning.learned_spec import LearnedSpec, learn
from glancetape_generators.learning.parts.kinds_and_ways import Classified, of_one_cloud
from glancetape_generators.learning.spec_text import spec_of, write_spec
from glancetape_generators.learning.threshold import Threshold


def write_learned(
    capture: Capture, least: int, out: Path, report: Path | None, *, force: bool
) -> Sequence[str]:
    """Write the spec of a capture, and the report if it has a path; return what to say about them.

    The first line says from how many images the spec was learned.
    Raises GlancetapeError, and leaves both files as they were, when the spec has a text that it
    must not have.
    """
    learned, text, passed = learn_text(capture, least)
    whole, capture = capture, of_one_cloud(capture)
    threshold = Threshold.of(capture, least)
    said = [f"learned from {counted(capture.count, 'image')}", _kept(passed, threshold)]
    if others := whole.count - capture.count:
        cloud = "a plain Glance" if Classified(capture).is_ims else "IMS"
        said.append(f"left out {counted(others, 'image')} of {cloud}: a spec is of one cloud")
    if report is None:
        _write(out, text, force=force)
        return said
    with beside(report, force=force) as partial:
        held_out = score_held_out(capture, least)
        page = write_report(capture, threshold, learned, passed, held_out)
        partial.write_text(page, "utf-8")
        _write(out, text, force=force)
    if held_out is not None:
        score, seeds = held_out.learned.score, held_out.seeds.score
        below = [part for part in PARTS if held_out.learned.parts[part] < ENOUGH]
        said.append(f"score {score:.3f}, two seeds {seeds:.3f}")
        said.append(f"parts below {ENOUGH}: {', '.join(below) or 'none'}")
    return said


def learn_text(capture: Capture, least: int) -> tuple[LearnedSpec, str, list[Passed]]:
    """Return what was learned, its YAML, and the literals in it. Raises GlancetapeError.

    It is learned from the images of the cloud that most are from.
    """
    whole, capture = capture, of_one_cloud(capture)
    if capture.count < least <= whole.count:
        raise GlancetapeError(
            f"of {counted(whole.count, 'image')}, at most {capture.count:,} are of one cloud; "
            f"nothing is learned from fewer than {least:,} (--min)."
        )
    threshold = Threshold.of(capture, least)
    learned = learn(capture, least)
    learned.conflict("images of IMS beside those of a plain Glance", whole.count - capture.count)
    text = write_spec(learned.sections, _comments(threshold))
    passed, leaks = examine(text, capture, threshold)
    if leaks:
        raise GlancetapeError(
            "nothing is written: the spec would show an id, a secret, or what too few images have.",
            *map(str, leaks),
        )
    spec_of(text)
    return learned, text, passed


def _comments(threshold: Threshold) -> list[str]:
    projects = f" of {threshold.projects} projects" if threshold.projects > 1 else ""
    return [
        "Learned from recorded images by `glancetape learn`. Weights are parts of a thousand.",
        f"What fewer than {threshold.images:,} images{projects} have is not in it.",
    ]


def _kept(passed: Sequence[Passed], threshold: Threshold) -> str:
    own = sum(not one.is_known and one.images > 0 for one in passed)
    texts = counted(own, "text")
    enough = f"at least {threshold.images:,} images"
    if threshold.projects > 1:
        enough += f" of {threshold.projects} projects"
    return f"{texts} of the images in it, each in {enough}"


def _write(out: Path, text: str, *, force: bool) -> None:
    with beside(out, force=force) as partial:
        partial.write_text(text, "utf-8")
