"""What the platform does when a policy changes: figures for operators, lines for compliance."""

from prometheus_client import Counter, Histogram

from customers.events import CustomersMerging, CustomersUnmerging
from policies import merging
from policies.events import PolicyBooked, PolicyCancelled, PolicyEndorsed, PolicyReinstated, PolicyRenewed
from vanguard.events import on
from vanguard.observability.compliance import record_event

POLICIES_CREATED = Counter("insurance_policies_created", "Policies booked.")
PREMIUMS = Histogram(
    "insurance_premium_amount_dollars",
    "Premiums of the policies booked.",
    buckets=(100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000),
)


@on(PolicyBooked)
def count_policy(event: PolicyBooked) -> None:
    POLICIES_CREATED.inc()
    PREMIUMS.observe(float(event.premium_amount))


@on(PolicyBooked)
def record_policy_created(event: PolicyBooked) -> None:
    record_event(
        "policy_created",
        user_id=event.actor_id,
        policy_id=event.policy_id,
        policy_number=event.policy_number,
        policy_type=event.policy_type,
        premium_amount=event.premium_amount,
    )


@on(PolicyCancelled)
def record_policy_cancelled(event: PolicyCancelled) -> None:
    record_event(
        "policy_cancelled", user_id=event.actor_id, policy_id=event.policy_id, policy_number=event.policy_number, reason=event.reason
    )


@on(PolicyEndorsed)
def record_policy_endorsed(event: PolicyEndorsed) -> None:
    record_event(
        "policy_endorsed",
        user_id=event.actor_id,
        policy_id=event.policy_id,
        policy_number=event.policy_number,
        version=event.version,
        effective_at=event.effective_at,
        premium_change=event.premium_change,
    )


@on(PolicyReinstated)
def record_policy_reinstated(event: PolicyReinstated) -> None:
    record_event(
        "policy_reinstated",
        user_id=event.actor_id,
        policy_id=event.policy_id,
        policy_number=event.policy_number,
        effective_at=event.effective_at,
        premium_change=event.premium_change,
    )


@on(PolicyRenewed)
def record_policy_renewed(event: PolicyRenewed) -> None:
    record_event(
        "policy_renewed",
        user_id=event.actor_id,
        policy_id=event.policy_id,
        policy_number=event.policy_number,
        renewal_id=event.renewal_id,
        renewal_number=event.renewal_number,
    )


on(CustomersMerging)(merging.hand_policies_over)
on(CustomersUnmerging)(merging.take_policies_back)
