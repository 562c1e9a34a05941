from django.apps import AppConfig


class LettersConfig(AppConfig):
    """What the insured is told in writing about a claim."""

    name = "claims.letters"
    label = "letters"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from claims.letters.reading import find_letter
        from vanguard import confinement
        from vanguard.http.documents import add_finder

        confinement.owned(self.get_model("ClaimLetter"), by="claim")
        add_finder(find_letter)
        auditlog.register(self.get_model("ClaimLetter"), exclude_fields=["digest"])
        auditlog.register(self.get_model("JurisdictionText"))
