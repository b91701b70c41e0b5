"""The largest weights and sizes that a spec may have."""

from glancetape_generators.spec.yaml_values import MOST_WEIGHT

# The generator multiplies these weights before it draws: those of platforms by the shares of their
# systems, those of public images by the shares of their builds, those of values by percent. The
# products must stay within MOST_WEIGHT.
MOST_OF_PLATFORMS = MOST_WEIGHT >> 12
MOST_OF_VALUES = MOST_WEIGHT // 100
LEAST_DISK = {"Linux": 10, "Windows": 20, "Other": 10, "data": 1, "iso": 10}
"""In GB, from the API document, which gives no least size for data disks."""
MOST_DISK = 1024
"""In GB, from the API document."""
MOST_SPELLINGS = 20
"""How many spellings a word of a spec may have."""
MOST_SPELLED = 200_000
"""Tags that the spellings of keys and values may make together; each is written at the start."""
