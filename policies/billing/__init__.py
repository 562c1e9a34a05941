"""What is owed for policies, and what was paid: an append-only ledger, and the instalments that it is collected by."""
