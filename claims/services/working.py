"""The work on a claim before its decision: whether the policy covers it, what happened, and what it comes to.

None of these steps has to be taken: a claim that is processing can be approved or denied from wherever it stands.
"""

from collections.abc import Collection
from uuid import UUID

from claims.decisions.models import CoverageCheck
from claims.events import ClaimChanged, ClaimStageChanged
from claims.models import Claim, Stage, Status
from claims.rules import check_cover, refuse_parties
from claims.services.checking import UNNAMED, Step, last_check, look_at_cover
from claims.services.moving import claim_for, move, require_step, required_reason
from claims.services.staging import stage_after, work_on
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict
from vanguard.money import dollars

PERMISSION = "claims.start_claim"
READ_BY_COVER = frozenset({"claim_type", "incident_date"})


def check_claim_cover(actor: User | None, claim_id: UUID, *, left_open: str = "", version: int | None = None) -> Claim:
    """Look at the cover, and keep what was read. With something `left_open`, or without cover, the claim waits in coverage check;
    a check that finds cover and leaves nothing open lets it go on.

    Raises Conflict ("not_allowed_now") for a claim that is not processing, "party"; NotAllowed.
    """
    with unit_of_work(actor):
        claim = claim_for(actor, PERMISSION, claim_id, version, under_cover=True)
        require_step(claim, "check_cover")
        refuse_parties(actor, claim)
        return _checked(claim, actor, look_at_cover(claim, actor, Step.CHECK, left_open.strip()))


def evaluate_claim(actor: User | None, claim_id: UUID, *, reason: str = "", version: int | None = None) -> Claim:
    """What happened, and what it costs, is known: the claim waits for the settlement now.

    Raises Conflict ("not_allowed_now") where it is not investigated; "referred" while special investigation has it.
    """
    with unit_of_work(actor):
        claim = claim_for(actor, PERMISSION, claim_id, version)
        _require_stage(claim, "evaluate", Stage.INVESTIGATION)
        refuse_parties(actor, claim)
        stage = stage_after(claim, "evaluate")
        if stage == Stage.INVESTIGATION:
            raise Conflict(f"{claim.claim_number} is with special investigation, which has not ended.", code="referred", field="status")
        return _go_on(claim, actor, "evaluate", stage, reason.strip())


def investigate_claim(actor: User | None, claim_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """Something about the loss has to be found out after all. Raises Invalid without a reason; Conflict ("not_allowed_now") where the
    settlement is not what the claim waits for."""
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = claim_for(actor, PERMISSION, claim_id, version)
        _require_stage(claim, "investigate", Stage.EVALUATION)
        refuse_parties(actor, claim)
        return _go_on(claim, actor, "investigate", stage_after(claim, "investigate"), why)


def follow_facts(claim: Claim, actor: User | None, changed: Collection[str]) -> Claim:
    """Corrected facts that the cover is read by are checked against it; with a depreciation the settlement is being worked out.

    Expects the claim and its policy locked, as a correction holds them.
    """
    if claim.status != Status.PROCESSING:
        return claim
    if READ_BY_COVER & set(changed):
        before = last_check(claim)
        check = look_at_cover(claim, actor, Step.EDIT, _still_open(before, changed))
        if stage_after(claim) != claim.stage:
            _checked(claim, actor, check)
    if "depreciation" in changed and claim.depreciation is not None and not work_on(claim).looked_into:
        _go_on(claim, actor, "evaluate", stage_after(claim, "evaluate"), f"Depreciation is {dollars(claim.depreciation)}")
    return claim


def _still_open(before: CoverageCheck | None, changed: Collection[str]) -> str | None:
    """A handler's question stays until a handler settles it; what the platform asked is asked anew for another type of loss."""
    if before is None or ("claim_type" in changed and before.left_open in (None, UNNAMED)):
        return None
    return before.left_open or ""


def _checked(claim: Claim, actor: User | None, check: CoverageCheck) -> Claim:
    return _go_on(claim, actor, "check_cover", stage_after(claim), _words(claim, check))


def _words(claim: Claim, check: CoverageCheck) -> str:
    """What was found, as the history tells it."""
    if (refusal := check_cover(claim.policy, claim.incident_date)) is not None:
        return " ".join(filter(None, (refusal.message, check.left_open)))
    return check.left_open or f"{check.coverage_name}, limit {dollars(check.limit)} less {dollars(check.deductible)}"


def _require_stage(claim: Claim, command: str, stage: Stage) -> None:
    require_step(claim, command)
    if claim.stage != stage:
        now, needed = (each.label.lower() for each in (Stage(claim.stage), stage))
        raise Conflict(f"{claim.claim_number} is in {now}; {command} is for one in {needed}.", code="not_allowed_now", field="status")


def _go_on(claim: Claim, actor: User | None, command: str, stage: Stage, reason: str) -> Claim:
    """The insured and partners hear of it where the stage is another one then; what else was found out stays in the house."""
    event = ClaimStageChanged if stage != claim.stage else ClaimChanged
    return move(claim, actor, command, status=Status.PROCESSING, stage=stage, event=event, reason=reason)
