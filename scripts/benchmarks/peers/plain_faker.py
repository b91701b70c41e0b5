"""A plain loop that makes images with Faker: prints how many a second."""

from datetime import UTC, datetime
from typing import Any

from faker import Faker

from benchmarks.peers.plain_images import (
    CHOICES,
    CONSTANT,
    KINDS,
    SYSTEMS,
    TIME,
    VISIBILITIES,
    rate,
)

_FIRST, _NOW = datetime(2018, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


def make(fake: Faker, owners: list[str]) -> dict[str, Any]:
    """Make an image."""
    one_of = fake.random_element
    image_id = fake.uuid4()
    platform, os_type, version, bits = one_of(SYSTEMS)
    created = fake.date_time_between(_FIRST, _NOW, tzinfo=UTC)
    updated = fake.date_time_between(created, _NOW, tzinfo=UTC)
    kind = one_of(KINDS)
    enterprise = one_of(("0", fake.uuid4()))
    return {
        **CONSTANT,
        **{name: one_of(values) for name, values in CHOICES.items()},
        "id": image_id,
        "name": f"{fake.word()}-{fake.date()}",
        "__imagetype": kind,
        "visibility": VISIBILITIES[kind],
        "protected": kind == "market",
        "checksum": fake.md5(),
        "owner": one_of(owners),
        "__platform": platform,
        "__os_type": os_type,
        "__os_version": version,
        "__os_bit": bits,
        "enterprise_project_id": enterprise,
        "_sys_enterprise_project_id": enterprise,
        "__description": fake.sentence(),
        "__data_origin": f"instance,{fake.uuid4()}",
        "__originalimagename": fake.uuid4(),
        "__image_size": str(fake.random_int(10**9, 10**11)),
        "created_at": created.strftime(TIME),
        "active_at": created.strftime(TIME),
        "updated_at": updated.strftime(TIME),
        "tags": [f"{fake.word()}={fake.word()}" for _ in range(fake.random_int(0, 2))],
        "self": f"/v2/images/{image_id}",
        "file": f"/v2/images/{image_id}/file",
    }


if __name__ == "__main__":
    generator = Faker()
    generator.seed_instance(7)
    projects = [generator.hexify("^" * 32) for _ in range(500)]
    print(rate(lambda: make(generator, projects)))
