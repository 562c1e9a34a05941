"""Oversight of the claims: books page, examination pack, rehearsal of rules."""
