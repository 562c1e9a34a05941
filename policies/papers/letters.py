"""The wording of the papers: from the facts of a policy to what the insured reads. Nothing is decided or computed here but words.

A change of wording is a new `EDITION`: then new papers are made, and those that were handed out stay as they were.
"""

import datetime
from collections.abc import Callable
from decimal import Decimal

from policies.papers.facts import Kind, PolicyFacts, Stretch
from policies.rules import label_of
from policies.terms import is_of_cover
from vanguard.accounts.zones import clock_words
from vanguard.documents.papers import Block, Facts, Heading, Paper, Table, Text
from vanguard.money import dollars

EDITION = "2026-11.2"
FIELDS = {
    "premium_amount": "Premium for a whole term",
    "coverage_amount": "Limit",
    "deductible_amount": "Deductible",
    "policy_type": "Type",
}
AMOUNTS = frozenset({"premium_amount", "coverage_amount", "deductible_amount"})

# Why cover ends, said to the insured: policies.models.Policy.CancellationReason.
REASONS = {
    "insured_request": "You asked us to cancel the policy.",
    "non_payment": "The premium was not paid.",
    "underwriting": "We cannot continue to insure this risk.",
    "flat": "The policy is cancelled from its beginning, as if it had never been in force.",
    "rewritten": "The policy is replaced by another one.",
    "prior_term": "The policy that this one was to renew is cancelled.",
}


def paper_of(facts: PolicyFacts) -> Paper:
    """The paper that says these facts."""
    kind = Kind(facts.kind)
    blocks = BLOCKS[kind](facts)
    title = str(kind.label)
    return Paper(
        title=title,
        sender=facts.insurer,
        recipient=(facts.insured, *facts.address.splitlines()),
        blocks=blocks,
        foot=f"{facts.policy_number}, {title.lower()}, as of {_day(facts.as_of)}",
        date=facts.as_of,
        subject=f"{title} {facts.policy_number}",
    )


def _schedule(facts: PolicyFacts) -> list[Block]:
    until = facts.cancelled_at or facts.covers_until
    rows = [
        ("Policy number", facts.policy_number),
        ("Insured", facts.insured),
        ("Type of insurance", _words(facts.policy_type)),
        ("Covered from", f"{_moment(facts.covers_from)}, this moment included"),
        ("Covered until", f"{_moment(until)}, this moment not included any more"),
    ]
    rows += [("Not covered", _gap(*gap)) for gap in facts.gaps]
    if facts.cancelled_at:
        rows.append(("Cancelled", f"The policy was to run until {_moment(facts.covers_until)}. {REASONS[facts.cancellation_reason]}"))
    return [
        Text("This schedule says what is insured, for how long and for how much. Please check it and tell us if anything is wrong."),
        Facts(rows),
        *_covers(facts),
        Text(
            f"A loss is covered when it happens within the time above{_but_gaps(facts)}, whenever it is reported. "
            f"To report one, or to ask a question, name your policy number {facts.policy_number}. This schedule replaces every earlier one "
            "of the policy.",
            small=True,
        ),
    ]


def _covers(facts: PolicyFacts) -> list[Block]:
    """What is covered and what it costs, a line for each stretch of the term in which the terms are the same."""
    rows = [row for each in facts.stretches for row in _stretch(each)]
    if facts.written != facts.earned:
        rows.append(("Kept on cancellation", "", "", "", f"${dollars(facts.written - facts.earned)}"))
    rows.append(("Premium of the term", "", "", "", f"${dollars(facts.written)}"))
    return [
        Heading("What is covered, and what it costs"),
        Table(("Cover", "Time", "Limit", "Deductible", "Premium"), rows, frozenset({2, 3, 4}), has_total=True),
        Text(f"{_most_paid(facts)} The deductible is the part of each loss that you bear yourself.", small=True),
    ]


def _stretch(each: Stretch) -> list[tuple[str, str, str, str, str]]:
    """Its terms and its premium, and below that a line for each coverage with a limit and a deductible of its own."""
    words = _words(each.policy_type)
    return [
        (
            f"{words}: {each.principal.lower()}" if each.principal else words,
            f"{_day(each.starts_at)} to {_day(each.ends_at)}",
            f"${dollars(each.limit)}",
            f"${dollars(each.deductible)}",
            f"${dollars(each.premium)}",
        ),
        *((name, "", f"${dollars(limit)}", f"${dollars(deductible)}", "") for name, limit, deductible in each.covers),
    ]


# What the limit means: policies.products.models.Coverage.SettlementRule.
MOST_PAID = {
    "limit_less_deductible": "the most that we pay for a loss is the limit less the deductible.",
    "limit": "we pay a loss less the deductible, and the limit is the most that we pay.",
}


def _most_paid(facts: PolicyFacts) -> str:
    """In one sentence; one for each rule where coverages of the policy have different ones."""
    rules = dict.fromkeys(rule for _, rule in facts.rules)
    if len(rules) == 1:
        return " ".join(MOST_PAID[rule][0].upper() + MOST_PAID[rule][1:] for rule in rules)
    named = {rule: " and ".join(name for name, of in facts.rules if of == rule) for rule in rules}
    return " ".join(f"{names}: {MOST_PAID[rule]}" for rule, names in named.items())


def _gap(starts_at: datetime.datetime, ends_at: datetime.datetime) -> str:
    return f"From {_moment(starts_at)} until {_moment(ends_at)}: a loss in this time is not covered"


def _but_gaps(facts: PolicyFacts) -> str:
    return " and not in a time that is named as not covered" if facts.gaps else ""


def _endorsement(facts: PolicyFacts) -> list[Block]:
    more = f"${dollars(abs(facts.change))}"
    costs = f"{more} more" if facts.change > 0 else f"{more} less" if facts.change < 0 else "as much as before"
    return [
        Text(f"Your policy {facts.policy_number} is changed from {_moment(facts.effective_at)} on."),
        Facts(
            [
                ("Policy number", facts.policy_number),
                ("Insured", facts.insured),
                ("The change takes effect", _moment(facts.effective_at)),
                *((_label(name), _shown(name, value)) for name, value in facts.changes),
                ("The term costs", costs),
            ]
        ),
        *_covers(facts),
        Text("Losses before the change takes effect are settled on the terms that held then. All else stays as it was.", small=True),
    ]


def _cancellation(facts: PolicyFacts) -> list[Block]:
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
        *(Text(f"There was a time without cover. {_gap(*gap)}.") for gap in facts.gaps if not never),
        Text("If you need insurance after that, please arrange it now, so that there is no time without cover."),
        Heading("Your premium"),
        Table(("", "Amount"), _settlement(facts), frozenset({1}), has_total=True),
        Text("Whether it is paid out to you or taken off what is still due, your statement of account says.", small=True),
    ]


def _nonpayment(facts: PolicyFacts) -> list[Block]:
    notice = facts.notice
    if notice is None:
        raise ValueError("A notice of non-payment is about a notice.")
    ends = _moment(notice.lapses_at)
    return [
        Text(f"We have not received the premium for your policy {facts.policy_number}. Unless it is paid, your cover ends on {ends}."),
        Facts(
            [
                ("Policy number", facts.policy_number),
                ("Insured", facts.insured),
                ("Type of insurance", _words(facts.policy_type)),
                ("Invoice", notice.invoice_number),
                ("Due since", _day(notice.due_at)),
                ("To be paid", f"${dollars(notice.amount)}"),
                ("To be paid before", ends),
            ]
        ),
        Heading("What to do"),
        Text(
            f"Please pay ${dollars(notice.amount)} and name the invoice {notice.invoice_number}. Once the payment has reached us before "
            "that moment, this notice is void and your cover goes on as before. If you have paid meanwhile, thank you: please ignore it."
        ),
        Heading("What happens otherwise"),
        Text(
            f"The policy is then cancelled for non-payment from {ends} on. Losses that happened before stay covered, also when you report "
            "them later; a loss at that moment or after it is not covered. The premium for the time with cover remains due."
        ),
        Text("If you cannot pay at once, or think that this is a mistake, please call us before then.", small=True),
    ]


def _settlement(facts: PolicyFacts) -> list[tuple[str, str]]:
    """Earned, kept and returned: they add up to the premium that was agreed."""
    kept = facts.written - facts.earned
    return [
        ("Premium that was agreed", f"${dollars(facts.written - facts.change)}"),
        ("For the time with cover", f"${dollars(facts.earned)}"),
        *([("Kept on cancellation", f"${dollars(kept)}")] if kept else []),
        ("Returned", f"${dollars(-facts.change)}"),
    ]


BLOCKS: dict[Kind, Callable[[PolicyFacts], list[Block]]] = {
    Kind.SCHEDULE: _schedule,
    Kind.ENDORSEMENT: _endorsement,
    Kind.CANCELLATION: _cancellation,
    Kind.NONPAYMENT: _nonpayment,
}


def _label(name: str) -> str:
    if is_of_cover(name):
        return label_of(name)
    return FIELDS.get(name, f"Rating factor {name.replace('_', ' ')}")


def _shown(name: str, value: str) -> str:
    if name in AMOUNTS or is_of_cover(name):
        return f"${dollars(Decimal(value))}"
    return _words(value) if name == "policy_type" else value


def _words(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _moment(moment: datetime.datetime) -> str:
    """On the clock that the facts are told by."""
    return f"{_day(moment)}, {clock_words(moment)}"


def _day(day: datetime.date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
