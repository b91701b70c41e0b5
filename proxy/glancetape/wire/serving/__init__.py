"""The direct server: HTTP/1.1 on httptools, around the same `Answering` as mitmproxy's hooks.

Begin with `connection`, which turns bytes into requests and answers them in their order. `server`
has the connections of one address, cuts off slow clients, and ends gracefully. `server_thread`
runs servers inside a program, for the pytest plugin.
"""
