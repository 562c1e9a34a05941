"""The audit trail that the database writes, chained and signed: what was written cannot be changed without being found out."""
