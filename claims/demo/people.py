"""Who can log in to the demo, and who else works there."""

from dataclasses import dataclass

DOMAIN = "vanguard.example"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A log-in of the demo, or a colleague who only appears in lists."""

    name: str
    first_name: str
    last_name: str
    role: str
    is_staff: bool = True
    is_superuser: bool = False

    @property
    def email(self) -> str:
        return f"{self.name}@{DOMAIN}"

    @property
    def title(self) -> str:
        return self.role or "Administrator"


POLICYHOLDER = DemoUser("customer", "Rosa", "Delgado", "Policyholder", is_staff=False)
LOG_INS = (
    DemoUser("admin", "Priya", "Raman", "", is_superuser=True),
    DemoUser("adjuster", "Maya", "Okafor", "Adjuster"),
    DemoUser("supervisor", "Daniel", "Reyes", "Supervisor"),
    DemoUser("underwriter", "Hannah", "Whitfield", "Underwriter"),
    DemoUser("finance", "Victor", "Lang", "Finance"),
    DemoUser("compliance", "Judith", "Sorensen", "Compliance"),
    POLICYHOLDER,
)
# They own claims, quote, and stand in the history; nobody can log in as them.
COLLEAGUES = (
    DemoUser("ines.calloway", "Ines", "Calloway", "Adjuster"),
    DemoUser("tom.lindqvist", "Tom", "Lindqvist", "Adjuster"),
    DemoUser("andre.baptiste", "Andre", "Baptiste", "Adjuster"),
    DemoUser("sophie.marchetti", "Sophie", "Marchetti", "Adjuster"),
    DemoUser("leila.haddad", "Leila", "Haddad", "Supervisor"),
    DemoUser("grace.adeyemi", "Grace", "Adeyemi", "Underwriter"),
    DemoUser("oskar.brandt", "Oskar", "Brandt", "Underwriter"),
)
