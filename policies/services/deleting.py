"""Taking away what should never have been booked."""

from uuid import UUID

from django.db.models import ProtectedError

from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict
from vanguard.querysets import holders, locked


def delete_policy(actor: User | None, policy_id: UUID, *, version: int | None) -> None:
    """Only before anything refers to it (a claim, a renewal, a quote, a payment, a paper); its versions go with it.

    Raises Conflict ("in_use"), which names what holds it.
    """
    require(actor, "policies.delete_policy")
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        try:
            policy.delete()
        except ProtectedError as protected:
            held = holders(protected, {Policy: "renewal"})
            raise Conflict(f"The policy cannot be deleted; it has {held}.", code="in_use") from None
