"""The bench: this platform beside FastAPI peers that do the same work, its cost against rows, and its worklist at a million claims."""
