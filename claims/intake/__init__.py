"""How a notice becomes a claim that somebody works on: drafts, look-alikes, triage, queues. What is kept; claims.services write it."""
