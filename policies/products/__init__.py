"""Products: what can be bought, on which terms, and what it costs. Knows nothing of quotes and policies."""
