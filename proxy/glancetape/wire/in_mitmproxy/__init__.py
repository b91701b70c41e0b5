"""What a user of mitmproxy, mitmweb or mitmdump sees of us, and can do."""
