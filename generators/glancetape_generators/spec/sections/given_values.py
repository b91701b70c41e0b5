"""The section `given` of a spec: how values of some fields depend on those of others."""

from collections.abc import Iterable, Mapping
from typing import Any

from glancetape_generators.spec.names_and_tags import property_value
from glancetape_generators.spec.sections.limits import MOST_DISK, MOST_OF_VALUES
from glancetape_generators.spec.spec import KINDS, WAYS, Given
from glancetape_generators.spec.yaml_values import Value
from glancetape_generators.vocabulary.flavours import Flavour

_CONDITIONS = ("kind", "made", "platform", "version")


def given_values(values: Mapping[str, Value], flavour: Flavour) -> tuple[Given, ...]:
    """Read how fields depend on others: field -> value -> field -> value -> weight."""
    if "given" not in values:
        return ()
    properties = values["properties"].members(lambda key: key.text())
    found = []
    for field, of_field in values["given"].members(lambda key: key.text()).items():
        if field not in (*_CONDITIONS, *properties):
            raise of_field.no_such("field to depend on", field, [*_CONDITIONS, *properties])
        for value, of_value in of_field.members(lambda key: key.text()).items():
            _check_condition(field, value, of_value, flavour, properties)
            for target, weights in of_value.members(lambda key: key.text()).items():
                found.append(
                    Given(
                        field=field,
                        value=value,
                        target=target,
                        weights=_given_weights(target, weights, flavour, properties),
                    )
                )
    for one in found:
        if one.field in {other.target for other in found}:
            raise values["given"].error(
                f"{one.target} depends on {one.field}, which depends on another field itself"
            )
    return tuple(found)


def _check_condition(
    field: str, value: str, at: Value, flavour: Flavour, properties: Mapping[str, Value]
) -> None:
    known: Iterable[str] = {
        "kind": ("gold", *KINDS),
        "made": WAYS,
        "platform": flavour.platforms,
        "version": dict.fromkeys(one.version for one in flavour.systems),
    }.get(field, ())
    if field in properties:
        of_property = properties[field].whole_members(("kinds", "values"), ("share",))
        known = of_property["values"].members(lambda key: key.text())
    if value not in known:
        raise at.no_such(f"value of {field}", value, list(known))


def _given_weights(
    target: str, weights: Value, flavour: Flavour, properties: Mapping[str, Value]
) -> Mapping[Any, int]:
    if target == "min_disk":
        return weights.weights(lambda key: key.number(0 if flavour.is_glance else 1, MOST_DISK))
    if target not in properties:
        raise weights.no_such("field that can depend", target, ["min_disk", *properties])
    return weights.weights(property_value, MOST_OF_VALUES)
