"""The renewal that goes along with its policy: found, and held still while something is booked on both."""

from policies.models import Policy
from policies.reading import Draft, renewal_of


def the_renewal(policy: Policy, *, hold: bool) -> Policy | None:
    """The renewal of `policy`; with `hold` locked until the transaction ends. A policy is locked before what renews it, always."""
    return Policy.objects.select_for_update().filter(renews=policy.pk).first() if hold else renewal_of(policy)


def with_renewals(draft: Draft) -> str:
    """What goes along, for a line of the history."""
    return "".join(f", with its renewal {renewal.policy}" for renewal in draft.along)
