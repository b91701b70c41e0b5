"""Check whether images are what a cloud could have: rules, their sources, and who breaks them.

    rules/         the rules, a module for each subject; `facts` is what documents say
    checking       all rules in one table; checks images one after another
    conflicts      things that two images of a set claim for different holders
    over_time      what images of a set break in the order of time
    checking_sets  checks the file of an image set, in several processes
    report         counts findings and lays them out

Nothing here is shared with the code that makes images, so each can be tested with the other.
"""

from glancetape_generators.validation.checking import RULES, check_image, validate_images
from glancetape_generators.validation.checking_sets import validate_set
from glancetape_generators.validation.report import ValidationReport, as_json, as_text
from glancetape_generators.validation.rules.rule import Cloud, Finding, Level, Rule

__all__ = [
    "RULES",
    "Cloud",
    "Finding",
    "Level",
    "Rule",
    "ValidationReport",
    "as_json",
    "as_text",
    "check_image",
    "validate_images",
    "validate_set",
]
