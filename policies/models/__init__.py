"""Policies, their versions, and what waits for a second person."""

from policies.models.policy import NOT_NEGATIVE, Policy, PolicyQuerySet, PolicyTransition, status_at
from policies.models.requests import EndorsementRequest
from policies.models.versions import CAUSES, PAID_BEFORE, PolicySegment, PolicyVersion

__all__ = [
    "CAUSES",
    "NOT_NEGATIVE",
    "PAID_BEFORE",
    "EndorsementRequest",
    "Policy",
    "PolicyQuerySet",
    "PolicySegment",
    "PolicyTransition",
    "PolicyVersion",
    "status_at",
]
