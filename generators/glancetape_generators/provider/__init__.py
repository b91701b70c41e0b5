"""The Faker provider: images, and each of their fields.

    fake = Faker()
    fake.add_provider(ImageProvider)
    fake.image()
    fake.image_os_version()

Tables and rules are those of generated sets. What a method says of its field, and from where that
is known, is what docs/generated-images.md prints.
"""

from glancetape_generators.provider.api_fields import ApiFields
from glancetape_generators.provider.base import Image, WholeImages
from glancetape_generators.provider.ims_fields import ImsFields
from glancetape_generators.provider.support_fields import SupportFields

__all__ = ["Image", "ImageProvider"]


class ImageProvider(ApiFields, ImsFields, SupportFields, WholeImages):
    """Images of a cloud, for Faker; a subclass may name another `spec`."""
