"""What was saved before: `recordings` opens any file to replay, `flow_files` those of mitmproxy."""
