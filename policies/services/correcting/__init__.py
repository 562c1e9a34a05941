"""Putting right what was booked wrong: the terms of a policy, from inception."""

from policies.services.correcting.commands import correct_as_asked, draft_correction, update_policy
from policies.services.correcting.moving_along import prior_of
from policies.services.correcting.standing import can_be_corrected, correction_waits

__all__ = ["can_be_corrected", "correct_as_asked", "correction_waits", "draft_correction", "prior_of", "update_policy"]
