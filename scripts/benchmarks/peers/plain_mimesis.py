"""A plain loop that makes images with Mimesis: prints how many a second."""

from typing import Any

from mimesis import Generic

from benchmarks.peers.plain_images import (
    CHOICES,
    CONSTANT,
    KINDS,
    SYSTEMS,
    TIME,
    VISIBILITIES,
    rate,
)


def make(generic: Generic, owners: list[str]) -> dict[str, Any]:
    """Make an image."""
    one_of, text, number = generic.random.choice, generic.text, generic.numeric.integer_number
    new_id = generic.cryptographic.uuid
    image_id = new_id()
    platform, os_type, version, bits = one_of(SYSTEMS)
    created = generic.datetime.datetime(2018, 2024)
    updated = generic.datetime.datetime(2025, 2025)
    kind = one_of(KINDS)
    enterprise = one_of(("0", new_id()))
    return {
        **CONSTANT,
        **{name: one_of(values) for name, values in CHOICES.items()},
        "id": image_id,
        "name": f"{text.word()}-{generic.datetime.date()}",
        "__imagetype": kind,
        "visibility": VISIBILITIES[kind],
        "protected": kind == "market",
        "checksum": generic.cryptographic.hash(),
        "owner": one_of(owners),
        "__platform": platform,
        "__os_type": os_type,
        "__os_version": version,
        "__os_bit": bits,
        "enterprise_project_id": enterprise,
        "_sys_enterprise_project_id": enterprise,
        "__description": text.sentence(),
        "__data_origin": f"instance,{new_id()}",
        "__originalimagename": new_id(),
        "__image_size": str(number(10**9, 10**11)),
        "created_at": created.strftime(TIME),
        "active_at": created.strftime(TIME),
        "updated_at": updated.strftime(TIME),
        "tags": [f"{text.word()}={text.word()}" for _ in range(number(0, 2))],
        "self": f"/v2/images/{image_id}",
        "file": f"/v2/images/{image_id}/file",
    }


if __name__ == "__main__":
    generator = Generic(seed=7)
    projects = [generator.cryptographic.token_hex(16) for _ in range(500)]
    print(rate(lambda: make(generator, projects)))
