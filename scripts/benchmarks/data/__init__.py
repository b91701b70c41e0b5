"""What the figures are measured with: pages, sets, cassettes and queries."""
