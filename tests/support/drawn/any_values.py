"""Values of every type: what a program may pass that nobody meant."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

ANYTHING: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 3, 10**30, np.int64(3), 1.5, 2.0, float("nan")),
    *(Decimal(2), np.True_),
    *("", " ", "3", "Private", "private ", "golden", "c" * 31, "C" * 32, b"private"),
    *([], [None], [""], ["private"], ("private",), {}, {"private": 1}, set[str]()),
    *(Path("private"), object()),
)
