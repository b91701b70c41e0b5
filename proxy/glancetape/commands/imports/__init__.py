"""The command import: `import_images` declares it, and each of the others makes one thing."""
