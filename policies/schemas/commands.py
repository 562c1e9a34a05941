"""What the commands on a policy take."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from policies.rules import Endorsement
from policies.schemas.covers import CoversIn, asked_covers
from policies.schemas.words import Choice, GivenReason, Kind, Method, Reason
from vanguard.http.fields import Money, Ratio, Text, UtcDateTime
from vanguard.http.schema import NOT_SENT, In


class CancelIn(In):
    """Without a method: flat for a flat reason, else pro rata. `penaltyShare` is for a short rate (0.10 unless sent)."""

    reason: GivenReason = "insured_request"
    effective_date: UtcDateTime | None = None
    method: Method | None = None
    penalty_share: Annotated[Decimal, Ratio(1)] | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """As the service takes it."""
        return {
            "reason": self.reason,
            "effective_at": self.effective_date,
            "method": self.method or "",
            "penalty_share": self.penalty_share,
        }


class EndorseIn(In):
    """New terms from `effectiveDate` on (now, unless sent); only what is sent changes.

    `covers` are new limits and deductibles of single coverages by their codes; the principal coverage's are the policy's own.
    `factors` are rating factors by name: the premium of the term is multiplied by each. Where a later version changes the same
    field, `keep` says which value holds from then on: its name with "this" or "later" (`{"deductibleAmount": "this"}`,
    `{"factors.roof": "later"}`, `{"covers.contents.limitAmount": "this"}`). `noKnownLoss` is the insured's statement, which a higher
    limit or a lower deductible needs from before a known loss. `carryToRenewal`: the renewal that is booked already begins on the
    new terms too.
    """

    effective_date: UtcDateTime | None = None
    policy_type: Kind = NOT_SENT
    premium_amount: Annotated[Decimal, Money(10)] = NOT_SENT
    coverage_amount: Annotated[Decimal, Money(15)] = NOT_SENT
    deductible_amount: Annotated[Decimal, Money(15)] = NOT_SENT
    covers: CoversIn = {}
    factors: Annotated[dict[Annotated[str, Text(40)], Annotated[Decimal, Ratio(100)]], Field(max_length=20)] = {}
    keep: Annotated[dict[Annotated[str, Text(80)], Choice], Field(max_length=64)] = {}
    reason: Reason = ""
    no_known_loss: Reason = ""
    carry_to_renewal: bool = False

    @property
    def asked(self) -> Endorsement:
        """As the service takes it."""
        own = ("effective_date", "covers", "factors", "keep", "reason", "no_known_loss", "carry_to_renewal")
        return Endorsement(
            terms={name: value for name, value in self.sent().items() if name not in own},
            covers=asked_covers(self.covers),
            factors=self.factors,
            effective_at=self.effective_date,
            reason=self.reason,
            keep={_as_stored(name): choice for name, choice in self.keep.items()},
            no_known_loss=self.no_known_loss,
            carry_to_renewal=self.carry_to_renewal,
        )


def _as_stored(name: str) -> str:
    """deductibleAmount → deductible_amount; the name of a factor and the code of a coverage stay."""
    if name.startswith("factors."):
        return name
    path, dot, last = name.rpartition(".")
    return f"{path}{dot}{re.sub('([A-Z])', lambda found: f'_{found[1].lower()}', last)}"


class ReinstateIn(In):
    """Without `effectiveDate` there is no gap: the policy is as if it had not been cancelled.

    `noKnownLoss` is the insured's statement, which cover over a known loss needs.
    """

    effective_date: UtcDateTime | None = None
    reason: Reason = ""
    no_known_loss: Reason = ""


class RenewIn(In):
    """What is different from the terms at the end of the old term, and from its length."""

    policy_type: Kind = NOT_SENT
    premium_amount: Annotated[Decimal, Money(10)] = NOT_SENT
    coverage_amount: Annotated[Decimal, Money(15)] = NOT_SENT
    deductible_amount: Annotated[Decimal, Money(15)] = NOT_SENT
    end_date: UtcDateTime = NOT_SENT


class DecideIn(In):
    """Why, where there is something to say."""

    reason: Reason = ""
