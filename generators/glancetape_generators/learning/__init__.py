"""Learn a spec from a capture: what its images are like, without any of them.

    a set, a cassette, NDJSON -> capture -> learned spec -> YAML -> gate -> file
                                            half of it -> images -> scores -> report

In this order it reads from the ground up:

1. `capture`: images column by column; `sources` reads them from files.
2. `threshold`: what enough images and projects have; `ordinary_words`: what anyone has.
3. `parts`: kinds and ways, names, times, sizes of projects, tags and properties; `learned_spec`
   puts them together, `spec_text` writes them.
4. `gate`: looks for each literal of the YAML in the capture again.
5. `comparing`: its `scores` say how alike two captures are, `held_out` learns from one half and
   compares with the other, `learning_report` shows it. `writing_specs` writes the files.
"""
