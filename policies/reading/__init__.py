"""Reads: saved views, search and figures for the pages; what was in force when, and as known when. Nothing here writes."""

from policies.reading.cover import AsOf, Cover, as_of, cover_at
from policies.reading.history import timeline_of, transactions_of, versions_of
from policies.reading.lists import counts, first, for_lists, found, in_view

__all__ = [
    "AsOf",
    "Cover",
    "as_of",
    "counts",
    "cover_at",
    "first",
    "for_lists",
    "found",
    "in_view",
    "timeline_of",
    "transactions_of",
    "versions_of",
]
