"""Signs of fraud with their reasons, and special investigation. A score never decides: it only suggests that a person looks."""
