"""What a user of mitmproxy, mitmweb or mitmdump sees of us and can do; what we record there.

In the order to read them: `flow_recording` records what passes through; `notes` shows what became
of each flow; `addon_commands` are the commands that a user types, for which `explaining` finds the
reasons, `typed_query` the request and `saving` the cassette; `images_view` shows a list as the
table that `image_rows` lays out. `typed_query` and `image_rows` do not know mitmproxy.
"""
