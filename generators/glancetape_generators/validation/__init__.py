"""Whether images are what a cloud could have: rules, each with its source, and who breaks them.

`facts` says what is known, the modules beside it are rules of one subject each, `checking` has them
all and checks images, `sets` the file of an image set, and `report` tells what was found. Nothing
here is shared with what makes images, so that the one can be held against the other.
"""

from glancetape_generators.validation.checking import RULES, check_image, validate_images
from glancetape_generators.validation.report import Report, as_json, as_text
from glancetape_generators.validation.rules.rule import Finding, Rule
from glancetape_generators.validation.sets import validate_set

__all__ = [
    "RULES",
    "Finding",
    "Report",
    "Rule",
    "as_json",
    "as_text",
    "check_image",
    "validate_images",
    "validate_set",
]
