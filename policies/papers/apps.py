from django.apps import AppConfig


class PapersConfig(AppConfig):
    """What the insured is given in writing."""

    name = "policies.papers"
    label = "papers"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from policies.papers import handlers  # noqa: F401  # subscribes on import
        from policies.papers.reading import find_document
        from vanguard import confinement
        from vanguard.http.documents import add_finder

        confinement.owned(self.get_model("PolicyDocument"), by="policy")
        add_finder(find_document)
        auditlog.register(self.get_model("PolicyDocument"), exclude_fields=["facts_digest"])
