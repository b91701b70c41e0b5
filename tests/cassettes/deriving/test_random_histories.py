"""No answer is wrong: a short run of what scripts/hunt does for hours.

Each seed is a cloud with several callers, whose reads, changes and refusals are recorded, and a
replay in any order, with the key or without it.
"""

from collections import Counter
from pathlib import Path

import pytest

from support.hunt.product import forget_own_key
from support.hunt.telling import account
from support.hunt.trial import try_seed

AT_ONCE = 50


@pytest.mark.sampled(4)
@pytest.mark.parametrize("first", range(0, 200, AT_ONCE))
def test_no_answer_to_a_random_history_is_wrong(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers there are: a miss is always right."""
    for name in ("GLANCETAPE_KEY", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "")
    forget_own_key(tmp_path)

    tried = [try_seed(seed) for seed in range(first, first + AT_ONCE)]

    assert [] == ["\n".join(account(wrong)) for one in tried for wrong in one.wrong]
    kinds = Counter(kind for one in tried for (_, kind), n in one.counts.items() for _ in range(n))
    assert min(kinds["exact"], kinds["derived"]) > AT_ONCE / 5
