"""/api/claims and what lies below: reads through the scoped querysets, writes through the services."""

from claims.api.claimants import claimants
from claims.api.claims import of_policy, router
from claims.api.clocks import clocks
from claims.api.deciding import deciding
from claims.api.intake import intake, notices
from claims.api.money import money
from claims.letters.api import of_claim as letters

router.add_router("", money)
router.add_router("", deciding)
router.add_router("", letters)
router.add_router("", intake)
router.add_router("", clocks)
router.add_router("", claimants)

__all__ = ["notices", "of_policy", "router"]
