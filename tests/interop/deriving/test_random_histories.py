"""What a replay of a random history answers is what a real Glance answers with the same images."""

from pathlib import Path

import pytest

from support.hunt.drawing import draw
from support.hunt.product import forget_own_key
from support.hunt.real_glance import in_its_cloud, running_glance
from support.hunt.telling import account
from support.hunt.trial import perform

SEEDS = 60


def test_no_answer_to_a_random_history_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `scripts/hunt --glance` asks."""
    for name in ("GLANCETAPE_KEY", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "")
    forget_own_key(tmp_path)
    histories = filter(None, (in_its_cloud(draw(seed)) for seed in range(SEEDS)))

    with running_glance() as glance:
        tried = [perform(history, judge=glance.answer) for history in histories]

    assert [] == ["\n".join(account(wrong)) for one in tried for wrong in one.wrong]
    assert len(tried) > SEEDS / 3
