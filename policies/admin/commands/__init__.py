"""The commands on a policy."""

from policies.admin.commands.cancelling import Cancel, Reinstate
from policies.admin.commands.correcting import Correct
from policies.admin.commands.endorsing import ApproveEndorsement, DeclineEndorsement, Endorse
from policies.admin.commands.removing import Remove
from policies.admin.commands.renewing import Renew

__all__ = ["ApproveEndorsement", "Cancel", "Correct", "DeclineEndorsement", "Endorse", "Reinstate", "Remove", "Renew"]
