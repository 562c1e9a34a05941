"""Claims bordereaux: a file of claims that another system kept, taken over as a whole or not at all."""
