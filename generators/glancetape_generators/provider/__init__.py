"""A provider for Faker that draws images, and single fields of images."""

from glancetape_generators.provider.cloud_image import CloudImage
from glancetape_generators.provider.image_provider import ImageProvider

__all__ = ["CloudImage", "ImageProvider"]
