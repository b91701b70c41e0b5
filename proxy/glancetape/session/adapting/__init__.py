"""Adapts a recorded response to its client: own ids, a token valid now, links that lead to us."""
