"""What surrounds every request: limits, trusted addresses and hosts, headers, compression, figures, and the line that accounts for it."""
