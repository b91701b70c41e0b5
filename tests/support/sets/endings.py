"""What `glancetape generate` makes, by the ending of its file."""

import pytest

ENDINGS = (".images", ".ndjson", ".yaml")
every_ending = pytest.mark.parametrize("ending", ENDINGS)
