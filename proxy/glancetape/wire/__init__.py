"""The only room that knows mitmproxy: its hooks, its flows, and running it."""
