"""First notice of loss, and corrections to it before the decision."""

import datetime
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import ProtectedError, Q
from django.utils import timezone

from claims.clocks.jurisdiction import JurisdictionOf
from claims.clocks.keeping import started
from claims.clocks.models import Clock, ClockRule, Holiday
from claims.clocks.reading import holidays_after, report_rules
from claims.diary.models import DiaryEntry, DiaryRule
from claims.diary.services import first_entry
from claims.events import ClaimAssigned, ClaimChanged, ClaimRemoved, ClaimSubmitted
from claims.intake.models import CoverFinding, Queue, Triage, TriageRule
from claims.intake.near import Neighbour, Neighbours
from claims.models import DECIDED, Claim, EarlierDescription, Stage, Status
from claims.parties.matching import is_claimant, marks_of
from claims.parties.models import Claimant
from claims.rules import check_cover, check_dates, check_depreciation, refuse_parties
from claims.services.checking import Step, check_of
from claims.services.claimants import ToldClaimant, claimant_of
from claims.services.clocks import chosen_jurisdiction
from claims.services.look_alikes import links_of
from claims.services.moving import claim_for, move, record, step_of, tell
from claims.services.owners import next_member
from claims.services.staging import work_on
from claims.services.triaging import triage_of
from claims.services.working import follow_facts
from policies.models import Policy, PolicyQuerySet
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, creation_of, unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.making import new
from vanguard.observability.tracing import span
from vanguard.plans import ask, put
from vanguard.querysets import found_or_refuse
from vanguard.steps import Few, FreeNumber, Insert, Locked, inserts
from vanguard.validation import check, refuse_fixed_fields

EDITABLE = ("claim_type", "claim_amount", "description", "incident_date", "depreciation")
FIXED = ("status", "claim_number", "policy_id", "reported_date")
TRIAGE_RULES, QUEUES, DIARY_RULES = Few(TriageRule.objects.all()), Few(Queue.objects.all()), Few(DiaryRule.objects.all())


def submit_claim(
    actor: User | None,
    *,
    policy_id: UUID,
    claim_type: str,
    claim_amount: Decimal,
    incident_date: datetime.datetime,
    description: str = "",
    claim_number: str | None = None,
    reported_date: datetime.datetime | None = None,
    jurisdiction: str | None = None,
    status: str = Status.PENDING,
    not_duplicate_of: Collection[UUID] = (),
    not_duplicate_reason: str = "",
    to_be_denied: bool = False,
    marks_look_alikes: bool = False,
    claimant: ToldClaimant | None = None,
) -> Claim:
    """File a claim on a policy that was in force at the loss: by staff, or by the policyholder on an own policy.

    The triage rules say how severe it is and where it waits. One that looks like a claim of the same day and type is refused
    unless `not_duplicate_of` names it, with a reason; with `marks_look_alikes` it is filed and marked, for a person to decide.
    `to_be_denied`: staff record a loss outside the cover, with the finding. Its deadlines are those of the state in which the insured
    lives, unless staff name another `jurisdiction` ("US-TX"; "" for the company's standard). Staff may name who claims (`claimant`):
    then a claim of the same type on which only others claim is of the same event, and this one is not held for it.
    Raises Invalid; NotFound for a policy outside the actor's reach; Conflict "not_in_force", "possible_duplicate" or "duplicate".
    """
    claim = new(
        Claim,
        claim_number=claim_number or "-",
        claim_type=claim_type,
        claim_amount=claim_amount,
        incident_date=incident_date,
        description=description,
        reported_date=reported_date or timezone.now(),
    )
    about = {"claim.id": str(claim.pk), "claim.type": claim_type, "claim.amount": str(claim_amount)}
    with span("process_insurance_claim", about), ExitStack() as part:
        part.enter_context(span("validate_claim_data", about))
        _check_as_told(actor, claim, status, jurisdiction)
        with unit_of_work(actor):
            claims = _claiming(actor, claim, claimant)
            found = _bearing_on(claim, _policies_of(actor), policy_id, numbered=bool(claim_number))
            claim.policy = found_or_refuse(found.policy, Policy, field="policy_id")
            finding = _finding(actor, claim, to_be_denied=to_be_denied)
            links = links_of(
                claim,
                found.neighbours,
                actor,
                not_duplicate_of,
                not_duplicate_reason,
                marks=marks_look_alikes,
                claimant=marks_of(claims) if claims else frozenset(),
            )
            clocks, triage = _placed(claim, found, is_named=jurisdiction is not None)
            part.close()
            # Ends after the unit of work: what is put is sent at its end, with the commit.
            part.enter_context(span("save_claim_to_database"))
            _put(claim, actor, triage, found.diary_rules, [*links, *([finding] if finding else []), *clocks], claims)
    return claim


def _check_as_told(actor: User | None, claim: Claim, status: str, jurisdiction: str | None) -> None:
    """What can be said of a notice before anything is asked for; a jurisdiction that staff name is taken. Raises Invalid, NotAllowed."""
    check(claim, *check_dates(incident_date=claim.incident_date, reported_date=claim.reported_date, now=timezone.now()))
    if status != Status.PENDING:
        raise Invalid("A claim starts as pending.", code="not_a_start", field="status")
    if jurisdiction is not None:
        claim.jurisdiction = chosen_jurisdiction(actor, jurisdiction)


def _claiming(actor: User | None, claim: Claim, told: ToldClaimant | None) -> Claimant | None:
    """Who claims, where the notice names one; for staff, and never whoever takes the notice. Not stored yet.

    Raises NotAllowed; Conflict "party"; and as claims.services.claimants does.
    """
    if told is None:
        return None
    require(actor, "parties.add_claimant")
    claimant = claimant_of(told, actor)
    if actor is not None and is_claimant(actor, [claimant]):
        raise Conflict(f"{actor} cannot file a claim that they make, so another person takes the notice.", code="party", field="name")
    claimant.claim = claim
    return claimant


class _Bearing(NamedTuple):
    """What a new claim is judged by, in the order in which it is asked for."""

    policy: Policy | None
    neighbours: list[Neighbour]
    triage_rules: list[TriageRule]
    queues: list[Queue]
    clock_rules: list[ClockRule]
    holidays: list[Holiday]
    jurisdiction: str
    diary_rules: list[DiaryRule]
    number: str = ""


def _bearing_on(claim: Claim, policies: PolicyQuerySet, policy_id: UUID, *, numbered: bool) -> _Bearing:
    """All of it in one question. `numbered`: the claim has its number already."""
    return _Bearing(
        *ask(
            Locked(policies, policy_id),
            Neighbours(policy_id, claim.incident_date),
            TRIAGE_RULES,
            QUEUES,
            Few(report_rules()),
            Few(holidays_after(claim.reported_date.date())),
            JurisdictionOf(policy_id),
            DIARY_RULES,
            *([] if numbered else [FreeNumber("CLM", timezone.now().year, Claim, "claim_number")]),
        )
    )


def _placed(claim: Claim, found: _Bearing, *, is_named: bool) -> tuple[list[Clock], Triage | None]:
    """Gives the claim its number, and the insured's jurisdiction unless staff named one. Returns its clocks, and where it waits."""
    claim.claim_number = found.number or claim.claim_number
    if not is_named:
        claim.jurisdiction = found.jurisdiction
    return started(claim, found.clock_rules, found.holidays), triage_of(claim, found.triage_rules, found.queues)


def _put(
    claim: Claim, actor: User | None, triage: Triage | None, diary_rules: list[DiaryRule], more: list[Any], claimant: Claimant | None
) -> None:
    """Store the new claim with all that goes with it, and tell of it."""
    if triage is not None:
        claim.stage = Stage.TRIAGED
        more = [triage, *more]
    steps = [step_of(claim, actor, "submit", from_status="", amount=claim.claim_amount)]
    if claimant is not None:
        claimant.save(force_insert=True)
        steps.append(step_of(claim, actor, "add_claimant", from_status=claim.status, reason=claimant.get_claims_for_display()))
    if triage is not None and triage.queue is not None and triage.queue.assigns:
        insured, who = claim.policy.customer.user_id, [claimant] if claimant else []
        if owner := next_member(triage.queue, triage.role_id, but=[insured], refused=lambda person: is_claimant(person, who)):
            claim.assignee, claim.stage = owner, Stage.ASSIGNED
            steps.append(step_of(claim, None, "assign", from_status=claim.status, reason=f"To {owner}"))
    put(
        Insert(claim, unique="claim_number", message="Another claim has this number."),
        *inserts((*steps, *more, first_entry(claim, diary_rules, triage), creation_of(claim), check_of(claim, actor, Step.SUBMIT))),
    )
    tell(ClaimSubmitted, claim, actor, claim.claim_amount)
    if claim.assignee_id:
        tell(ClaimAssigned, claim, None, None)


def _finding(actor: User | None, claim: Claim, *, to_be_denied: bool) -> CoverFinding | None:
    """What stands against the loss, for a claim that is recorded in order to be denied. Raises Conflict as the cover says."""
    refusal = check_cover(claim.policy, claim.incident_date)
    if not to_be_denied:
        _require_cover(claim)
        return None
    require(actor, "claims.add_claim")
    if refusal is None:
        raise Conflict("The policy was in force at the loss: file it as any other claim.", code="in_force", field="incident_date")
    return CoverFinding(claim=claim, code=refusal.code, message=refusal.message)


def _policies_of(actor: User | None) -> PolicyQuerySet:
    """The policies on which the actor may file: all of them, or a policyholder's own. Raises NotAllowed for other staff."""
    if actor is None or actor.is_staff:
        require(actor, "claims.add_claim")
        return Policy.objects.all()
    return Policy.objects.filter(customer__user=actor)


def _require_cover(claim: Claim) -> None:
    if (refusal := check_cover(claim.policy, claim.incident_date)) is not None:
        raise Conflict(refusal.message, code=refusal.code, field=refusal.field)


def update_claim(actor: User | None, claim_id: UUID, *, version: int | None, changes: Mapping[str, Any]) -> Claim:
    """Correct the fields in `changes`, and no others, until the claim is decided; an edit voids a proposed approval.

    What the claim waits for follows: a type or day of loss is checked against the cover, with a depreciation the settlement is worked out.

    Raises Conflict: "use_command" for status, number, policy and reported date; "decided"; "not_in_force".
    """
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.change_claim", claim_id, version, under_cover=True)
        refuse_parties(actor, claim)
        refuse_fixed_fields(claim, changes, FIXED)
        if claim.status in DECIDED:
            raise Conflict("The claim is decided; reopen it to change it.", code="decided")
        before = {name: getattr(claim, name) for name in EDITABLE}
        for name in EDITABLE:
            setattr(claim, name, changes.get(name, before[name]))
        dates = check_dates(incident_date=claim.incident_date, reported_date=claim.reported_date, now=timezone.now())
        check(claim, *dates, *check_depreciation(claim.claim_amount, claim.depreciation))
        # What was recorded to be denied is outside the cover, and stays to be denied; approving asks for the cover anew.
        if not CoverFinding.objects.filter(claim=claim).exists():
            _require_cover(claim)
        values = {name: getattr(claim, name) for name in EDITABLE if getattr(claim, name) != before[name]}
        for name, value in before.items():
            setattr(claim, name, value)
        return follow_facts(_apply(claim, actor, values), actor, values) if values else claim


def _apply(claim: Claim, actor: User | None, values: Mapping[str, Any]) -> Claim:
    changed = ", ".join(sorted(values)).replace("_", " ")
    # Reports of a day before the correction ask what was claimed then.
    former = claim.claim_amount if "claim_amount" in values else None
    if "description" in values:
        EarlierDescription.objects.create(claim=claim, text=claim.description)
    if claim.stage != Stage.AWAITING_APPROVAL:
        change(claim, **values)
        record(claim, actor, "edit", from_status=claim.status, amount=former, reason=f"Changed {changed}")
        tell(ClaimChanged, claim, actor, None)
        return claim
    why = f"Changed {changed}; the proposed approval is void"
    void: dict[str, Any] = {"proposed_amount": None, "proposed_by": None}
    return move(claim, actor, "edit", status=Status.PROCESSING, stage=work_on(claim).stage, amount=former, reason=why, **values, **void)


def delete_claim(actor: User | None, claim_id: UUID, *, version: int | None) -> None:
    """Only while pending, without money, notes, documents and what people wrote into its diary. Raises Conflict "in_use", "party"."""
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.delete_claim", claim_id, version)
        refuse_parties(actor, claim)
        kept = claim.payments.exists() or claim.entries.exists() or claim.documents.exists() or claim.notes.exists() or _has_diary(claim)
        if kept or claim.status != Status.PENDING:
            raise Conflict("Only a pending claim without money, notes, documents and diary can be deleted.", code="in_use", field="status")
        tell(ClaimRemoved, claim, actor, None)
        try:
            claim.delete()
        except ProtectedError:
            message = "A notice, a claimant or a referral to special investigation belongs to this claim, so it stays. Deny it instead."
            raise Conflict(message, code="in_use", field="status") from None


def _has_diary(claim: Claim) -> bool:
    """Whether a person wrote into its diary, or did or moved what stands there; what the platform made goes with the claim."""
    touched = Q(made_by__isnull=False) | Q(done_at__isnull=False) | Q(moves__isnull=False)
    return DiaryEntry.objects.filter(touched, claim=claim).exists()
