"""The direct server: HTTP/1.1 on httptools, around the same `Answering` as mitmproxy's hooks.

Begin with `connection`, which turns bytes into requests and answers them in their order. `server`
has the connections of one address, cuts off slow clients, and ends gracefully. `server_thread`
runs servers inside a program, as the pytest plugin does. What `glancetape serve` runs is a `plan`:
`one_process` serves it here, `workers` in several processes, each of which is a `worker_process`.
`metrics` shows the counts, `own_certificate` makes what `--tls` needs, and `https_context` refuses
plain HTTP there.
"""
