"""Every change to a policy. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

from policies.services.approving import approve_endorsement, decline_endorsement
from policies.services.booking import first_version
from policies.services.cancelling import PENALTY_SHARE, cancel_policy, draft_cancellation
from policies.services.correcting import draft_correction, update_policy
from policies.services.deleting import delete_policy
from policies.services.endorsing import Clashing, draft_endorsement, endorse_policy
from policies.services.following import the_renewal
from policies.services.lapses import book_lapse, can_lapse, reinstated_by_hand, undo_lapse
from policies.services.new_business import book_policy
from policies.services.periodic import bring_forward, expire_policies, offer_renewals
from policies.services.reinstating import draft_reinstatement, reinstate_policy
from policies.services.renewing import draft_renewal, renew_policy

__all__ = [
    "PENALTY_SHARE",
    "Clashing",
    "approve_endorsement",
    "book_lapse",
    "book_policy",
    "bring_forward",
    "can_lapse",
    "cancel_policy",
    "decline_endorsement",
    "delete_policy",
    "draft_cancellation",
    "draft_correction",
    "draft_endorsement",
    "draft_reinstatement",
    "draft_renewal",
    "endorse_policy",
    "expire_policies",
    "first_version",
    "offer_renewals",
    "reinstate_policy",
    "reinstated_by_hand",
    "renew_policy",
    "the_renewal",
    "undo_lapse",
    "update_policy",
]
