"""A changed rule, run over the last twelve months before it is switched on. Nothing is changed by it."""

from claims.oversight.rehearsal.authority import AuthorityRehearsal
from claims.oversight.rehearsal.clocks import ClockRehearsal
from claims.oversight.rehearsal.fraud import FraudRehearsal
from claims.oversight.rehearsal.shape import MOST, SHOWN, Outcome, Rehearsal, Rehearsed, Tally, rehearse
from claims.oversight.rehearsal.then import Limit

__all__ = [
    "MOST",
    "SHOWN",
    "AuthorityRehearsal",
    "ClockRehearsal",
    "FraudRehearsal",
    "Limit",
    "Outcome",
    "Rehearsal",
    "Rehearsed",
    "Tally",
    "rehearse",
]
