"""Triage: by the rules at filing, by a person afterwards, with a reason."""

from collections.abc import Iterable
from uuid import UUID

from claims.events import ClaimTriaged
from claims.intake.matching import first_match
from claims.intake.models import Queue, Severity, Triage, TriageRule
from claims.models import Claim, Stage, Status
from claims.rules import refuse_parties, require_open
from claims.services.moving import claim_for, move, required_reason
from vanguard.accounts.models import User
from vanguard.audit import record_change, unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.making import new
from vanguard.querysets import get_or_refuse
from vanguard.validation import check


def triage_of(claim: Claim, rules: Iterable[TriageRule], queues: Iterable[Queue]) -> Triage | None:
    """Where the rules put a new claim, not stored yet; None where no rule catches it. Inactive rules and queues count for nothing."""
    known = {queue.pk: queue for queue in queues if queue.active}
    live = [rule for rule in rules if rule.active and rule.queue_id in known]
    rule = first_match(live, claim_type=claim.claim_type, amount=claim.claim_amount, text=claim.description)
    if rule is None:
        return None
    return new(Triage, claim=claim, severity=rule.severity, queue=known[rule.queue_id], role_id=rule.role_id, rule=rule)


def triage_claim(
    actor: User | None, claim_id: UUID, *, severity: str, queue_id: UUID | int, reason: str, version: int | None = None
) -> Claim:
    """Say anew how severe an open claim is and where it belongs. The role that a rule asked of its owner stays.

    Raises Invalid for no such severity or queue, or no reason; Conflict "wrong_queue" where the queue does not take such claims.
    """
    why = required_reason(reason)
    if severity not in Severity.values:
        raise Invalid("Severity is low, medium, high or complex.", code="invalid", field="severity")
    with unit_of_work(actor):
        claim = claim_for(actor, "intake.change_triage", claim_id, version)
        refuse_parties(actor, claim)
        require_open(claim)
        queue = get_or_refuse(Queue.objects.all(), queue_id, field="queue_id")  # type: ignore[arg-type]  # queues have small keys
        if not queue.active or not queue.takes(claim.claim_type, severity):
            raise Conflict(f"{queue} does not take such claims. Choose another queue.", code="wrong_queue", field="queue_id")
        triage = _kept(claim, severity, queue)
        stage = Stage.TRIAGED if claim.stage == Stage.REPORTED else Stage(claim.stage)
        said = f"{triage}: {why}"
        return move(claim, actor, "triage", status=Status(claim.status), stage=stage, event=ClaimTriaged, reason=said)


def _kept(claim: Claim, severity: str, queue: Queue) -> Triage:
    triage = Triage.objects.filter(claim=claim).first()
    if triage is None:
        triage = Triage(claim=claim, severity=severity, queue=queue)
        check(triage)
        triage.save(force_insert=True)
        return triage
    before = {"severity": triage.severity, "queue": triage.queue, "rule": triage.rule}
    triage.severity, triage.queue, triage.rule = severity, queue, None
    Triage.objects.filter(pk=claim.pk).update(severity=severity, queue=queue, rule=None)
    record_change(triage, before)
    return triage
