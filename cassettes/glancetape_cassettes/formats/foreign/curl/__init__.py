"""What curl prints: `curl_heads` reads that of `curl -i`, `curl_verbose` that of `curl -v`."""
