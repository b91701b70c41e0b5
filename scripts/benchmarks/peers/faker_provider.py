"""One image after the other from our provider for Faker: prints how many a second."""

from faker import Faker

from benchmarks.peers.plain_images import rate
from glancetape_generators.provider import ImageProvider

if __name__ == "__main__":
    generator = Faker()
    generator.add_provider(ImageProvider)
    generator.seed_instance(7)
    print(rate(generator.cloud_image))
