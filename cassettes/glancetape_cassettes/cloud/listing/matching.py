"""Which images of a set match a condition of a query."""

from pyroaring import BitMap

from glancetape_cassettes.cloud.listing.conditions import (
    Between,
    Broken,
    Condition,
    ExtensionCondition,
    Has,
    HasOrLacks,
    Lacks,
    Nothing,
    When,
)
from glancetape_cassettes.imageset.image_set import ImageSet


def images_matching(images: ImageSet, condition: Condition | ExtensionCondition) -> BitMap:
    """Return the positions of the images that match a condition."""
    match condition:
        case Has("id", values):
            found = (images.position_of(value) for value in values)
            return BitMap(position for position in found if position is not None)
        case Has(name, values):
            return images.having_any(name, values)
        case Between():
            return _between(images, condition)
        case When():
            return _between(images, condition.seconds)
        case Nothing() | Broken():
            return BitMap()
        case Lacks() | HasOrLacks():
            return _lacking(images, condition)


def _lacking(images: ImageSet, condition: Lacks | HasOrLacks) -> BitMap:
    excluded = images.having_any(condition.name, condition.values)
    if isinstance(condition, HasOrLacks):
        excluded = images.with_property(condition.name) - excluded
    return BitMap(range(images.count)) - excluded


def _between(images: ImageSet, condition: Between) -> BitMap:
    name, low, high = condition.name, condition.low, condition.high
    found = images.known(name) if high is None else images.less(name, high, or_equal=True)
    if low is not None:
        found -= images.less(name, low)
    return images.known(name) - found if condition.outside else found
