"""HTTP as every room speaks it: the envelope, errors, paging, preconditions, idempotent writes, bearer tokens. Knows no insurance."""
