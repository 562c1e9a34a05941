"""What a term's bookings come to: which terms held when, and what they cost. Plain arithmetic, with no database and no clock.

Three rules, so that anybody can redo a figure by hand:

- A term is cut into segments by the moments at which something changes. They tile it: no gap, no overlap.
- Days are counted from the start of the term, each moment to the nearest whole day, so that an hour of daylight saving is no
  day. The term has as many days as the calendar gives it, 366 where it has 366.
- Up to a moment the term has cost the sum of premium × days ÷ days of the term over what lies before it, rounded half up to
  the cent once. A segment costs the difference of two such sums. So segments always add up to the written premium, and what is
  earned and what is not do so at every moment.
"""

from policies.terms.clashes import FieldClash, clashes, mixes_premium_with_factors
from policies.terms.covers import DEDUCTIBLE, LIMIT, OwnCover, OwnCovers, fields_of, figures_for, is_of_cover, own_covers, split_field
from policies.terms.figures import Settled, settled
from policies.terms.timeline import Segment, Term, Timeline, timeline
from policies.terms.transactions import FACTOR, FROM_INCEPTION, Kind, Terms, Transaction, Value

__all__ = [
    "DEDUCTIBLE",
    "FACTOR",
    "FROM_INCEPTION",
    "LIMIT",
    "FieldClash",
    "Kind",
    "OwnCover",
    "OwnCovers",
    "Segment",
    "Settled",
    "Term",
    "Terms",
    "Timeline",
    "Transaction",
    "Value",
    "clashes",
    "fields_of",
    "figures_for",
    "is_of_cover",
    "mixes_premium_with_factors",
    "own_covers",
    "settled",
    "split_field",
    "timeline",
]
