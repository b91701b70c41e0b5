"""What a set has of each image: `id_table` finds its id, `image_bodies` reads the image itself."""
