from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    """Claims, from first notice to closing."""

    name = "claims"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from claims import authority, guards, handlers, live  # noqa: F401  # they subscribe on import
        from claims.models import ClaimDocument
        from vanguard.http.documents import add_finder

        add_finder(lambda user, key: ClaimDocument.objects.visible_to(user).filter(pk=key).first())

        auditlog.register(self.get_model("Claim"), exclude_fields=["updated_at", "version"])
        for name in ("AuthorityLimit", "ClaimNote", "ClaimDocument", "ClaimPayment", "SettlementProof"):
            auditlog.register(self.get_model(name))
