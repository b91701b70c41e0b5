"""A provider for Faker that draws images, and single fields of images."""

from glancetape_generators.provider.image_provider import Image, ImageProvider

__all__ = ["Image", "ImageProvider"]
