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
        from vanguard.jobs import DAILY, expect

        confinement.owned(self.get_model("PolicyDocument"), by="policy")
        add_finder(find_document)
        expect("make_policy_papers", DAILY, "Schedules and notices that are missing are made.")
        auditlog.register(self.get_model("PolicyDocument"), exclude_fields=["facts_digest"])
