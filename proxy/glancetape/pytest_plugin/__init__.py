"""The pytest plugin: a marker chooses what a test replays, a fixture has its address.

    @pytest.mark.glancetape("basic.yaml")
    def test_listing(glancetape):
        assert list_images(glancetape.url) == ["ubuntu", "debian"]

pytest loads `hooks` in every run, so it imports nothing heavy. In this order:

1. `choosing` reads markers and configuration into a `Choice`; `hooks` has the options and fixtures.
2. `running` keeps what a whole run shares: the server, opened files, made sets. `made_sets` makes
   these, `filling` completes the images of a marker.
3. `endpoint` is what a test gets; `network` blocks everything else. `forwarding` lets a client that
   outlives a test record.
4. `tally` counts what was used; `summary` prints the table and writes the report.
"""
