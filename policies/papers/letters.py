"""The wording of the papers: from the facts of a policy to what the insured reads. Nothing is decided or computed here but words.

A change of wording is a new `EDITION`: then new papers are made, and those that were handed out stay as they were.
"""

import datetime
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.conf import settings

from policies.models import Policy
from policies.papers.models import PolicyDocument
from vanguard.documents.papers import Facts, Heading, Paper, Table, Text
from vanguard.money import dollars

EDITION = "2026-11"
Kind = PolicyDocument.Kind

# Why cover ends, said to the insured: policies.models.Policy.CancellationReason.
REASONS = {
    "insured_request": "You asked us to cancel the policy.",
    "non_payment": "The premium was not paid.",
    "underwriting": "We cannot continue to insure this risk.",
    "flat": "The policy is cancelled from its beginning, as if it had never been in force.",
    "rewritten": "The policy is replaced by another one.",
}


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """All that a paper says of a policy. The same facts give the same paper; amounts to the cent, times in UTC."""

    kind: str
    edition: str
    insurer: tuple[str, ...]
    policy_number: str
    policy_type: str
    insured: str
    address: str
    premium: Decimal
    limit: Decimal
    deductible: Decimal
    covers_from: datetime.datetime
    covers_until: datetime.datetime
    cancelled_at: datetime.datetime | None
    cancellation_reason: str
    as_of: datetime.date

    def as_data(self) -> dict[str, str]:
        """In a form that is the same wherever and whenever it is written."""
        return {name: str(value) for name, value in asdict(self).items()}


def facts_of(policy: Policy, kind: Kind, as_of: datetime.date) -> PolicyFacts:
    """The facts as they stand now; `as_of` is the day since when they do. Reads the policy's customer."""
    insurer = (settings.INSURER_NAME, *filter(None, (line.strip() for line in settings.INSURER_ADDRESS.split(","))))
    return PolicyFacts(
        kind=kind.value,
        edition=EDITION,
        insurer=insurer,
        policy_number=policy.policy_number,
        policy_type=policy.policy_type,
        insured=policy.customer.full_name,
        address=policy.customer.address,
        premium=policy.premium_amount,
        limit=policy.coverage_amount,
        deductible=policy.deductible_amount,
        covers_from=policy.start_date,
        covers_until=policy.end_date,
        cancelled_at=policy.cancelled_at,
        cancellation_reason=policy.cancellation_reason,
        as_of=as_of,
    )


def paper_of(facts: PolicyFacts) -> Paper:
    """The paper that says these facts."""
    blocks = _cancellation(facts) if facts.kind == Kind.CANCELLATION else _schedule(facts)
    title = str(Kind(facts.kind).label)
    return Paper(
        title=title,
        sender=facts.insurer,
        recipient=(facts.insured, *facts.address.splitlines()),
        blocks=blocks,
        foot=f"{facts.policy_number}, {title.lower()}, as of {_day(facts.as_of)}",
        date=facts.as_of,
        subject=f"{title} {facts.policy_number}",
    )


def _schedule(facts: PolicyFacts) -> list[Heading | Text | Facts | Table]:
    until = facts.cancelled_at or facts.covers_until
    rows = [
        ("Policy number", facts.policy_number),
        ("Insured", facts.insured),
        ("Type of insurance", _words(facts.policy_type)),
        ("Covered from", f"{_moment(facts.covers_from)}, this moment included"),
        ("Covered until", f"{_moment(until)}, this moment not included any more"),
    ]
    if facts.cancelled_at:
        rows.append(("Cancelled", f"The policy was to run until {_moment(facts.covers_until)}. {REASONS[facts.cancellation_reason]}"))
    return [
        Text("This schedule says what is insured, for how long and for how much. Please check it and tell us if anything is wrong."),
        Facts(rows),
        Heading("What is covered"),
        Table(
            ("Cover", "Limit", "Deductible"),
            [(_words(facts.policy_type), f"${dollars(facts.limit)}", f"${dollars(facts.deductible)}")],
            frozenset({1, 2}),
        ),
        Text(
            "The limit is the most that we pay for a loss. The deductible is the part of each loss that you bear yourself.",
            small=True,
        ),
        Heading("What it costs"),
        Table(("Premium", "Amount"), [("Premium for the whole term", f"${dollars(facts.premium)}")], frozenset({1})),
        Text(
            f"A loss is covered when it happens within the time above, whenever it is reported. To report one, or to ask a question, "
            f"name your policy number {facts.policy_number}. This schedule replaces every earlier one of the policy.",
            small=True,
        ),
    ]


def _cancellation(facts: PolicyFacts) -> list[Heading | Text | Facts | Table]:
    ends = facts.cancelled_at or facts.covers_until
    never = ends <= facts.covers_from
    what_it_means = (
        "No loss under this policy is covered."
        if never
        else f"Losses that happened before {_moment(ends)} stay covered, also when you report them later. A loss at that moment or "
        "after it is not covered."
    )
    return [
        Text(f"Your policy {facts.policy_number} ends on {_moment(ends)}."),
        Facts(
            [
                ("Policy number", facts.policy_number),
                ("Insured", facts.insured),
                ("Type of insurance", _words(facts.policy_type)),
                ("The policy was to run", f"from {_moment(facts.covers_from)} until {_moment(facts.covers_until)}"),
                ("It ends", "from its beginning" if never else _moment(ends)),
                ("Why", REASONS[facts.cancellation_reason]),
            ]
        ),
        Heading("What this means for you"),
        Text(what_it_means),
        Text("If you need insurance after that, please arrange it now, so that there is no time without cover."),
        Text("What premium is returned or still due you will find in your statement of account.", small=True),
    ]


def _words(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _moment(moment: datetime.datetime) -> str:
    at = moment.astimezone(datetime.UTC)
    return f"{_day(at)}, {at:%H:%M} UTC"


def _day(day: datetime.date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
