"""Key-set templates: which optional properties images of one way of making have together.

    templates:
      volume:
        - {weight: 70, keys: [enterprise_project_id]}
        - {weight: 30, keys: [enterprise_project_id, __description]}

A service sets properties together, by the way in which an image was made. So a set has tens of
different sets of keys, and not one for each combination of optional properties.
"""

from collections.abc import Collection, Mapping
from fractions import Fraction

from glancetape_cassettes.imageset.image_fields import shown
from glancetape_generators.sampling.draws import PARTS
from glancetape_generators.spec.spec import TEMPLATED, Template
from glancetape_generators.spec.yaml_values import MOST_WEIGHT, Value

OPTIONAL_OF_IMS = (
    *("enterprise_project_id", "__description", "__sequence_num", "__system__cmkid"),
    *("__support_agent_list", "__support_fc_inject", "__support_live_resize"),
    *("__support_kvm_hi1822_hiovs", "__support_kvm_hi1822_hisriov"),
    *("__support_kvm_hi1822_hivirtionet", "__support_s4l", "__support_h2l", "__support_d1t"),
    *("__os_feature_list", "__is_config_init", "hw_vif_multiqueue_enabled", "__quick_start"),
    *("__system_support_market", "os_shutdown_timeout"),
)
"""The optional properties of IMS; `_sys_enterprise_project_id` goes with the first one."""
BY_SDK = "owner_specified.openstack.object"
"""What openstacksdk writes; `owner_specified.openstack.md5` and `.sha256` go with it."""
OPTIONAL_OF_GLANCE = ("description", "properties", BY_SDK)
"""The optional properties of a plain Glance."""
MOST = 100
"""Templates of one way of making."""


def optional_keys(*, is_glance: bool) -> tuple[str, ...]:
    """Return the properties of a cloud that templates decide about, besides those of a spec."""
    return OPTIONAL_OF_GLANCE if is_glance else OPTIONAL_OF_IMS


def templates(
    values: Mapping[str, Value], properties: Collection[str], *, is_glance: bool
) -> Mapping[str, tuple[Template, ...]]:
    """Read the templates of each of TEMPLATED.

    Their keys are `properties` of the spec and optional properties of its cloud. Those of another
    cloud are left out, so that a preset goes with any flavour.
    """
    used = (*optional_keys(is_glance=is_glance), *properties)
    order = list(values)
    found = {}
    for name in TEMPLATED:
        value = values[f"templates.{name}"]
        # A file that replaces the properties of its preset leaves its templates as they are.
        replaced = value.file != values["properties"].file and (
            order.index("properties") > order.index(f"templates.{name}")
        )
        found[name] = _of_way(value, used, allows_any=replaced)
    return found


def _of_way(value: Value, used: Collection[str], *, allows_any: bool) -> tuple[Template, ...]:
    items = value.items()
    if not 0 < len(items) <= MOST:
        raise value.error(f"has {len(items):,} templates; write 1 to {MOST}")
    read = [item.whole_members(("weight", "keys")) for item in items]
    weights = [one["weight"].weight() for one in read]
    parts = PARTS if any(isinstance(one, Fraction) for one in weights) else 1
    if not 0 < (total := sum(int(one * parts) for one in weights)) <= MOST_WEIGHT:
        raise value.error(
            f"the weights add up to {total // parts:,}; a sum from 1 to {MOST_WEIGHT:,} is allowed"
        )
    return tuple(
        Template(keys=_keys(one["keys"], used, allows_any=allows_any), weight=int(w * parts))
        for one, w in zip(read, weights, strict=True)
    )


def _keys(value: Value, used: Collection[str], *, allows_any: bool) -> tuple[str, ...]:
    found = []
    known = dict.fromkeys((*used, *OPTIONAL_OF_IMS, *OPTIONAL_OF_GLANCE))
    for item in value.items():
        name = item.text()
        if name not in known and not allows_any:
            raise item.no_such("optional property", name, known)
        if name in found:
            raise item.error(f"{shown(name, quoted=False)} occurs twice")
        found.append(name)
    return tuple(name for name in found if name in used)
