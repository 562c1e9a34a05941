"""Reads: saved views, search and figures for the pages; what was in force when, and as known when. Nothing here writes."""

from policies.reading.clauses import Clause, Form, form_of
from policies.reading.cover import AsOf, Cover, as_of, cover_at, held_by
from policies.reading.coverages import (
    Promise,
    answered_by_others,
    codes_with_own,
    coverages_of,
    principal_of,
    promise_for,
    promises_of,
    promises_of_book,
    rules_of,
    unnamed_in_book,
    with_product,
)
from policies.reading.drafts import Draft, work_out
from policies.reading.earned import Earned, earned_by_year
from policies.reading.history import timeline_of, transactions_of, versions_of
from policies.reading.lists import counts, first, for_lists, found, in_view, insured, is_number, numbered, waiting_for
from policies.reading.renewals import (
    Behind,
    behind,
    ends_with_prior,
    has_begun,
    numbers_of_all_terms,
    older,
    renewal_of,
    words_of_behind,
    words_of_renewal,
)
from policies.reading.standing import cancelled_for, status_then

__all__ = [
    "AsOf",
    "Behind",
    "Clause",
    "Cover",
    "Draft",
    "Earned",
    "Form",
    "Promise",
    "answered_by_others",
    "as_of",
    "behind",
    "cancelled_for",
    "codes_with_own",
    "counts",
    "cover_at",
    "coverages_of",
    "earned_by_year",
    "ends_with_prior",
    "first",
    "for_lists",
    "form_of",
    "found",
    "has_begun",
    "held_by",
    "in_view",
    "insured",
    "is_number",
    "numbered",
    "numbers_of_all_terms",
    "older",
    "principal_of",
    "promise_for",
    "promises_of",
    "promises_of_book",
    "renewal_of",
    "rules_of",
    "status_then",
    "timeline_of",
    "transactions_of",
    "unnamed_in_book",
    "versions_of",
    "waiting_for",
    "with_product",
    "words_of_behind",
    "words_of_renewal",
    "work_out",
]
