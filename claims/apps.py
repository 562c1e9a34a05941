from django.apps import AppConfig
from django.conf import settings

# What a policyholder may read, and whose a row is.
OWNED = {"Claim": "policy", "ClaimTransition": "claim", "ClaimDocument": "claim"}


class ClaimsConfig(AppConfig):
    """Claims, from first notice to closing."""

    name = "claims"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from claims import authority, guards, handlers, live, partners, privacy  # noqa: F401  # they subscribe on import
        from claims.models import ClaimDocument
        from claims.services.account_digests import outdated_digests, rotate_digests
        from vanguard import confinement
        from vanguard.http.documents import add_finder
        from vanguard.jobs import MINUTES, expect
        from vanguard.rotation import Part, add_part

        add_finder(lambda user, key: ClaimDocument.objects.visible_to(user).filter(pk=key).first())

        if settings.CLAMD_ADDRESS:
            expect("scan_documents", MINUTES, "The scanner is asked again about documents that wait.")
        add_part(Part("digests of payees' accounts", outdated_digests, rotate_digests))
        for name, by in OWNED.items():
            confinement.owned(self.get_model(name), by=by)
        # What people wrote is about people: an entry says that it was written, and outlives it.
        auditlog.register(self.get_model("Claim"), mask_fields=["description"], exclude_fields=["updated_at", "version"])
        auditlog.register(self.get_model("ClaimNote"), mask_fields=["text"])
        auditlog.register(self.get_model("ClaimDocument"), mask_fields=["name"])
        auditlog.register(self.get_model("ClaimPayment"), exclude_fields=["account", "account_digest"])
        for name in ("AuthorityLimit", "SettlementProof"):
            auditlog.register(self.get_model(name))
