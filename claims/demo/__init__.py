"""The demo: log-ins, a real book of claims, and open work for the queues. Never outside development and preview."""
