"""Make images that look like those of a real image service, and check images against its rules.

    spec, seed -> world -> for some records: drafts -> images -> texts -> JSON, or a block of a set

Every value is a function of seed, record number and field, so any part of a set can be made alone:
by another process, in a larger set, or for one call of a test.

In this order the generator reads from the ground up:

1. `sampling.draws`: one random value, and a weighted choice, which is a part of a line
   (`sampling.lines`); `sampling.byte_columns`: texts, which `sampling.joining` joins to lines.
2. `spec.spec`: what a set can be like; `spec.reading` reads it from YAML (with `yaml_values`,
   `names_and_tags` and `sections`), `spec.explaining` describes what it will make.
3. `vocabulary`: systems, hardware and words; `vocabulary.tables`: rows of fields that agree;
   `vocabulary.key_order`: the order of fields in an image.
4. `world.world`: what all images of a set share, from `field_tables` (rules between fields, as
   data), `extra_tables`, `key_sets`, `systems`, `cast` (projects), `market`,
   `calendar` (days) and `tags`.
5. `columns.drafts`: what a record decides alone; `columns.images`: what it takes from its parent.
6. `columns.unique_texts`, `columns.text_columns` and `columns.tags_and_members`;
   `columns.whole_images` writes the JSON, `columns.set_blocks` indexes it for an image set.
7. `columns.lifecycle`: what happens to images as time goes on.
8. `generating`: the files, in several processes; `deltas`: changes between two times.
9. `provider`: single images, for Faker.

`validation` shares nothing with these and has an order of its own: `rules.rule`, any subject in
`rules`, `checking`, `conflicts`, `checking_sets`, `report`.
"""
