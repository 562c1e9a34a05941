"""Files that people send: looked at before they are kept, and handed back without running in anybody's browser."""

from vanguard.documents.downloads import download
from vanguard.documents.inspection import MAX_BYTES, Inspected, inspect

__all__ = ["MAX_BYTES", "Inspected", "download", "inspect"]
