"""Limits and deductibles of single coverages, as the API takes and gives them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from policies.models.values import stored_covers
from policies.terms import OwnCover, OwnCovers
from vanguard.http.fields import Money, Text
from vanguard.http.schema import NOT_SENT, In


class OwnCoverIn(In):
    """New figures of one coverage; what is not sent stays."""

    limit_amount: Annotated[Decimal, Money(15)] = NOT_SENT
    deductible_amount: Annotated[Decimal, Money(15)] = NOT_SENT


CoversIn = Annotated[dict[Annotated[str, Text(40)], OwnCoverIn], Field(max_length=20)]


def asked_covers(sent: Mapping[str, OwnCoverIn]) -> dict[str, OwnCover]:
    """In the services' terms."""
    return {code: OwnCover(own.limit_amount, own.deductible_amount) for code, own in sent.items()}


def shown_covers(texts: Mapping[str, Mapping[str, str]] | None) -> dict[str, dict[str, Decimal]] | None:
    """As they leave, from how a column holds them. None where all coverages are under the policy's limit and deductible."""
    return {code: {name: Decimal(amount) for name, amount in own.items()} for code, own in texts.items()} if texts else None


def shown_own(covers: OwnCovers) -> dict[str, dict[str, Decimal]] | None:
    """The same from a term that is worked out and not stored yet."""
    return shown_covers(stored_covers(covers))


# By the coverage's code; of the two figures one may be missing, and then the policy's holds.
CoversOut = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"limitAmount": {"type": "number"}, "deductibleAmount": {"type": "number"}},
            },
        }
    ),
]
