"""The only room that knows web frameworks: mitmproxy and its hooks, the ASGI app and its server.

Both turn what a framework passes to them into `messages`, and get the response from `answering`,
which keeps answers in a `response_cache` and what the pages of a list share in `known_lists`.
Only the modules with mitmproxy in them import it, so that the ASGI app starts without it.
"""
