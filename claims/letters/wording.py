"""The wording of the letters: from what a claim holds to what the insured reads. Nothing is decided or computed here but words.

A change of wording is a new `EDITION`: letters that went out stay as they were.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings

from claims.decisions.models import Appeal, Denial, InformationRequest
from claims.letters.models import JurisdictionText, LetterKind
from claims.models import Claim, ClaimPayment, SettlementProof
from vanguard.accounts.zones import zone_of
from vanguard.documents.papers import Block, Facts, Heading, Paper, Table, Text
from vanguard.money import dollars

EDITION = "2026-11"
# What happens next, by stage, in a letter about where a claim stands.
NEXT = {
    "reported": "Your claim waits for the adjuster who is going to handle it.",
    "triaged": "Your claim waits for the adjuster who is going to handle it.",
    "assigned": "An adjuster has your claim and is about to start on it.",
    "coverage_check": "We are checking what your policy covers.",
    "investigation": "We are looking into what happened and what it costs to make it good. We need this before we can decide.",
    "evaluation": "We are working out what your policy pays for this loss.",
    "awaiting_approval": "An amount is proposed. As it is a larger one, a second person has to look at it before we decide.",
    "awaiting_information": "We have asked for information that we need before we can decide, and are waiting for it.",
    "appeal": "A person who had no part in the first decision is looking at your claim anew.",
}


def letter(claim: Claim, kind: LetterKind, day: datetime.date, blocks: Sequence[Block], law: Sequence[JurisdictionText] = ()) -> Paper:
    """The letter of this kind with what it says; `law` follows, each text under its heading."""
    customer = claim.policy.customer
    address = [line.strip() for line in settings.INSURER_ADDRESS.split(",") if line.strip()]
    said: list[Block] = [Text(f"Dear {customer.full_name},"), *blocks]
    for text in law:
        said += [
            Heading(text.heading),
            Text(text.text),
            *([Text(f"This notice is given under {text.citation}.", small=True)] if text.citation else []),
        ]
    title = str(kind.label)
    return Paper(
        title=title,
        sender=(settings.INSURER_NAME, *address),
        recipient=(customer.full_name, *customer.address.splitlines()),
        blocks=[
            *said,
            Text(
                f"{settings.INSURER_NAME}, Claims. Please name your claim number {claim.claim_number} when you write or call.", small=True
            ),
        ],
        foot=f"Claim {claim.claim_number}, {day_words(day)}",
        date=day,
        subject=f"{title}: {claim.claim_number}",
    )


def facts(claim: Claim, *more: tuple[str, str]) -> Facts:
    """What every letter says of the claim."""
    return Facts(
        [
            ("Claim number", claim.claim_number),
            ("Policy number", claim.policy.policy_number),
            ("Loss", f"{loss_words(claim.claim_type)}, {day_of(claim, claim.incident_date)}"),
            *more,
        ]
    )


def acknowledgement(claim: Claim) -> list[Block]:
    return [
        Text("Thank you for reporting your loss. We have it on file, and this letter tells you what happens next."),
        facts(claim, ("Reported", day_of(claim, claim.reported_date)), ("You claim", f"${dollars(claim.claim_amount)}")),
        Heading("What happens next"),
        Text(
            "An adjuster checks what your policy covers, looks into the loss, and decides. Please keep damaged things until we have seen "
            "them or told you otherwise, prevent more damage where you reasonably can, and keep all receipts."
        ),
        Text("If we need anything from you, we will ask. You can send us documents, photos and estimates at any time."),
    ]


def information(asked: InformationRequest) -> list[Block]:
    return [
        Text("To decide on your claim we need the following. We are asking only for what the decision depends on."),
        facts(asked.claim, ("We ask", asked.asked_of), ("Please answer by", day_words(asked.until))),
        Heading("What we need"),
        Text(asked.question),
        Heading("What happens then"),
        Text(
            f"As soon as we have it, we go on with your claim. If you cannot get it by {day_words(asked.until)}, tell us: we can agree on "
            "another day. If we hear nothing, we decide on what we have."
        ),
    ]


def status(claim: Claim) -> list[Block]:
    due = [("We expect to act by", deadline(claim.due_at))] if claim.due_at else []
    return [
        Text("Your claim is not decided yet. This letter tells you where it stands and why it needs more time."),
        facts(claim, ("Reported", day_of(claim, claim.reported_date)), *due),
        Heading("Where it stands"),
        Text(NEXT.get(claim.stage, "We are working on it.")),
        Text("If you can tell us anything that we should know, please do."),
    ]


def approval(claim: Claim, proof: SettlementProof) -> list[Block]:
    return [
        Text(f"We have approved your claim. We pay ${dollars(proof.amount)}, and this letter shows how we came to that amount."),
        facts(claim, ("Coverage", str(proof.read["coverage_name"])), ("We pay", f"${dollars(proof.amount)}")),
        Heading("How the amount is computed"),
        *_sum(proof),
        *_held_back(proof),
        Text(
            "If you think that a figure is wrong, or have costs that we do not know of yet, please write to us: we will look at it again."
        ),
    ]


def payment(paid: ClaimPayment) -> list[Block]:
    return [
        Text(f"We have sent a payment of ${dollars(paid.amount)}."),
        facts(
            paid.claim,
            ("Paid to", paid.payee or paid.claim.policy.customer.full_name),
            *([("Account", paid.masked_account)] if paid.masked_account else []),
            ("Sent", day_of(paid.claim, paid.paid_at or paid.created_at)),
            ("Amount", f"${dollars(paid.amount)}"),
        ),
        Text("If it has not reached you within ten business days, please tell us."),
    ]


def denial(made: Denial) -> list[Block]:
    return [
        Text("We have looked into your claim and are sorry to tell you that we cannot pay it. This letter says why, and what you can do."),
        facts(made.claim, ("Decided", day_of(made.claim, made.decided_at))),
        Heading("Why"),
        Text(made.reason_code.words),
        *([Text(f"In your case: {made.reason}")] if made.reason else []),
        *_clause(made),
        Heading("If you do not agree"),
        Text(
            "You can appeal. Tell us in writing why you think that the decision is wrong, and send what supports it. A person who had "
            "no part in this decision then looks at the claim anew. An appeal costs you nothing."
        ),
    ]


def appeal_received(appeal: Appeal, due: datetime.datetime | None) -> list[Block]:
    until = f" by {deadline(due)}" if due else ""
    return [
        Text("We have received your appeal. A person who had no part in the first decision now looks at your claim anew."),
        facts(appeal.claim, ("Appeal received", day_of(appeal.claim, appeal.received_at))),
        Heading("What you told us"),
        Text(appeal.reason),
        Heading("What happens next"),
        Text(
            f"We tell you the decision in writing{until}. You can send us more until then. The first decision and its letter stay on file."
        ),
    ]


def appeal_upheld(made: Denial) -> list[Block]:
    return [
        Text("A person who had no part in the first decision has looked at your claim anew. The claim stays denied, for these reasons."),
        facts(made.claim, ("Decided", day_of(made.claim, made.decided_at))),
        Heading("Why"),
        Text(made.reason_code.words),
        *([Text(f"In your case: {made.reason}")] if made.reason else []),
        *_clause(made),
    ]


def appeal_overturned(claim: Claim, proof: SettlementProof) -> list[Block]:
    return [
        Text(
            "A person who had no part in the first decision has looked at your claim anew, and decided in your favour. "
            f"We pay ${dollars(proof.amount)}, and this letter shows how we came to that amount."
        ),
        facts(claim, ("Decided", day_of(claim, proof.made_at)), ("We pay", f"${dollars(proof.amount)}")),
        Heading("How the amount is computed"),
        *_sum(proof),
        *_held_back(proof),
    ]


def _clause(made: Denial) -> list[Block]:
    if not made.clause_reference:
        return []
    return [Heading("What your policy says"), Text(f"Clause {made.clause_reference}, {made.clause_heading}:\n“{made.clause_text}”")]


def _sum(proof: SettlementProof) -> list[Block]:
    """The settlement proof, line by line, each with the clause that it rests on."""
    read, lines = proof.read, proof.lines
    worn = Decimal(read.get("depreciation", "0.00"))
    rows = [("Loss", "", _money(read["loss"]))]
    if worn:
        rows.append(("Depreciation for age and wear", _reference(read, "depreciation"), f"−{_money(worn)}"))
    rows += [
        ("Deductible, which you bear", _reference(read, "deductible"), f"−{_money(read['deductible'])}"),
        ("Loss less the above", "", _money(lines["loss_less_deductible"])),
        ("At most", _reference(read, "limit"), _money(lines["cap"])),
    ]
    if lines.get("left") is not None:
        rows.append(("Left for all losses of the term", "", _money(lines["left"])))
    if Decimal(read["paid_before"]):
        rows.append(("Paid before", "", f"−{_money(read['paid_before'])}"))
    rows.append(("Payable now", "", _money(lines["payable"])))
    if proof.amount != Decimal(lines["payable"]):
        rows.append(("Approved of it now", "", _money(proof.amount)))
    clauses = read.get("clauses", {})
    named = [f"Clause {each['reference']}, {each['heading']}: “{each['text']}”" for each in clauses.values()]
    return [Table(("", "Clause", "Amount"), rows, frozenset({2}), has_total=True), *(Text(line, small=True) for line in named)]


def _held_back(proof: SettlementProof) -> list[Block]:
    more = Decimal(proof.lines.get("recoverable", "0.00"))
    if not more:
        return []
    return [
        Heading("What you can still claim"),
        Text(
            f"We have held back up to ${dollars(more)} for age and wear. Send us the invoice once the repair or replacement is made, "
            "and we pay it."
        ),
    ]


def _reference(read: Any, line: str) -> str:
    clause = read.get("clauses", {}).get(line)
    return str(clause["reference"]) if clause else ""


def _money(amount: Any) -> str:
    return f"${dollars(Decimal(amount))}"


def loss_words(claim_type: str) -> str:
    """water_damage → Water damage."""
    return claim_type.replace("_", " ").strip().capitalize()


def day_words(day: datetime.date) -> str:
    """November 26, 2026."""
    return f"{day:%B} {day.day}, {day.year}"


def day_of(claim: Claim, moment: datetime.datetime) -> str:
    """The day on which something happened, where the insured is: by the policy's own wall clock."""
    return day_words(moment.astimezone(zone_of(claim.policy)))


def deadline(moment: datetime.datetime) -> str:
    """The last day of a clock: those are days of UTC, wherever the insured is."""
    return day_words(moment.astimezone(datetime.UTC))
