"""Which claims an examiner gets: those that were named, or some by chance, chosen so that anybody can choose them again."""

import datetime
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import MD5, Concat

from claims.models import Claim
from claims.oversight.models.packs import MOST_CLAIMS
from vanguard.errors import Invalid
from vanguard.querysets import NAMED as SAID

SEPARATORS = re.compile(r"[\s,;]+")
HOW = "The claims of the period in the order of md5(seed + claim number); the first ones are taken."


@dataclass(frozen=True, slots=True)
class Chance:
    """So many claims reported from `since` to `until` (days in UTC, both included), narrowed by status, type of loss and policy type."""

    seed: str
    size: int
    since: datetime.date
    until: datetime.date
    status: str = ""
    claim_type: str = ""
    policy_type: str = ""


def named(text: str, visible: QuerySet[Claim]) -> list[str]:
    """The claim numbers that were pasted, each once, as we write them. Raises Invalid for none, too many, or one that is not there."""
    numbers = list(dict.fromkeys(part for part in SEPARATORS.split(text.strip()) if part))
    if not numbers:
        raise Invalid("Paste at least one claim number.", code="required", field="numbers")
    if len(numbers) > MOST_CLAIMS:
        message = f"These are {len(numbers):,} claims; a pack holds {MOST_CLAIMS}. Ask for several packs."
        raise Invalid(message, code="too_many", field="numbers")
    there = set(visible.filter(claim_number__in=numbers).values_list("claim_number", flat=True))
    if missing := [number for number in numbers if number not in there]:
        more = f" and {len(missing) - SAID} more" if len(missing) > SAID else ""
        raise Invalid(f"There is no claim {', '.join(missing[:SAID])}{more}. Correct the numbers.", code="unknown", field="numbers")
    return numbers


def drawn(chance: Chance, visible: QuerySet[Claim]) -> tuple[list[str], dict[str, Any]]:
    """The claim numbers, and how they were chosen from how many. Raises Invalid."""
    if not 1 <= chance.size <= MOST_CLAIMS:
        raise Invalid(f"A pack holds 1 to {MOST_CLAIMS} claims.", code="out_of_range", field="size")
    if chance.since > chance.until:
        raise Invalid("The period ends before it begins.", code="before_start", field="until")
    since = datetime.datetime.combine(chance.since, datetime.time.min, datetime.UTC)
    before = datetime.datetime.combine(chance.until, datetime.time.min, datetime.UTC) + datetime.timedelta(days=1)
    rows = visible.filter(reported_date__gte=since, reported_date__lt=before)
    narrowed = {"status": chance.status, "claim_type__iexact": chance.claim_type, "policy__policy_type": chance.policy_type}
    rows = rows.filter(**{name: value for name, value in narrowed.items() if value})
    digest = MD5(Concat(Value(chance.seed), F("claim_number"), output_field=CharField()))
    numbers = list(rows.annotate(lot=digest).order_by("lot", "claim_number").values_list("claim_number", flat=True)[: chance.size])
    if not numbers:
        raise Invalid("No claim of this kind was reported in the period.", code="nothing", field="since")
    told = {name: str(getattr(chance, name)) for name in Chance.__dataclass_fields__}
    return numbers, told | {"chosenBy": HOW, "outOf": rows.count()}
