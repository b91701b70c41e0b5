"""The largest weights and sizes that a spec may have."""

from glancetape_generators.spec.yaml_values import MOST_WEIGHT

# The generator multiplies these weights before it draws: those of platforms by the shares of their
# systems, those of public images by the shares of their builds, those of values by percent. The
# products must stay within MOST_WEIGHT.
MOST_OF_PLATFORMS = MOST_WEIGHT >> 12
MOST_OF_VALUES = MOST_WEIGHT // 100
MOST_DISK = 1024
"""In GB, from the API document."""
