"""The only room that knows web frameworks: mitmproxy and its hooks, the ASGI app and its server.

Both turn what a framework passes to them into `messages`, and get the response from `answering`.
Only the modules with mitmproxy in them import it, so that the ASGI app starts without it.
"""
