"""What the platform does when a policy changes: figures for operators, lines for compliance."""

from prometheus_client import Counter, Histogram

from customers.events import CustomerExporting, CustomersMerging, CustomersUnmerging, ErasureStanding
from policies import merging, privacy
from policies.events import PolicyBooked, PolicyCancelled, PolicyEndorsed, PolicyReinstated, PolicyRenewed
from vanguard.events import on
from vanguard.observability.compliance import recorded_as

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


on(PolicyBooked)(recorded_as("policy_created"))
on(PolicyCancelled)(recorded_as("policy_cancelled"))
on(PolicyEndorsed)(recorded_as("policy_endorsed"))
on(PolicyReinstated)(recorded_as("policy_reinstated"))
on(PolicyRenewed)(recorded_as("policy_renewed"))

on(CustomersMerging)(merging.hand_policies_over)
on(CustomersUnmerging)(merging.take_policies_back)

on(ErasureStanding)(privacy.tell_terms)
on(CustomerExporting)(privacy.share_policies)
