from typing import Any

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Who claims on a claim."""

    name = "claims.parties"
    label = "parties"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from claims.parties import privacy
        from vanguard.encryption.owned import keyring
        from vanguard.retention import add_job
        from vanguard.rotation import Part, add_part, written_once

        keys: Any = self.get_model("ClaimantKey")._default_manager
        keyring.add_source("claimants", lambda owners: keys.filter(pk__in=list(owners)))
        add_job("claimants whose time was over", privacy.erase_due_claimants)
        add_part(Part("digests of claimants", privacy.outdated_digests, privacy.rotate_digests))
        written_once("parties_claimantlook", "parties_look_unchanged")
        # Who it is stands on the row alone: an entry says that there was one, and outlives the name.
        claimant: Any = self.get_model("Claimant")
        auditlog.register(claimant, mask_fields=[*claimant.PERSONAL, "ended_because"], exclude_fields=list(claimant.DIGESTS))
        for name in ("ClaimantLook", "ClaimantErasure", "ClaimantExport"):
            auditlog.register(self.get_model(name), exclude_fields=["reason"])
