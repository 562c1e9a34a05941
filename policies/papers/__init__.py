"""Papers of a policy: schedule and notices as PDF, kept with their checksum, for the insured and for staff."""
