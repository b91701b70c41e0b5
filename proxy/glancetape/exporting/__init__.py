"""A recording or an image set in the formats of other tools.

`again_redacted` takes the secrets out of a cassette of another recorder. `collecting` chooses the
requests and asks a session for each, so an export answers as a replay does. `har_file`,
`wiremock_files` and `image_lines` write them.
"""
