"""Under which state's law a claim is handled: that of the insured's address, until somebody says otherwise."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from customers.models import Customer
from policies.models import Policy
from vanguard.plans import Asking

# "…, Sacramento CA", "…, CA 95814", at the end of a line.
_STATE = re.compile(r"[\s,]([A-Z]{2})(?:\s+\d{5}(?:-\d{4})?)?\s*$", re.MULTILINE)
_NAMES = (
    "AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware, DC District of Columbia, "
    "FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine, "
    "MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi, MO Missouri, MT Montana, NE Nebraska, NV Nevada, "
    "NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York, NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, "
    "PA Pennsylvania, RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, "
    "WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming"
)
STATES: dict[str, str] = {f"US-{code}": name for code, name in (entry.split(" ", 1) for entry in _NAMES.split(", "))}


def jurisdiction_of(address: str) -> str:
    """The state in which somebody lives, as US-CA; empty where the address does not say."""
    found = [f"US-{code}" for code in _STATE.findall(address)]
    return found[-1] if found and found[-1] in STATES else ""


def words_of(jurisdiction: str) -> str:
    """Its name; the company's standard where there is none."""
    return STATES.get(jurisdiction, jurisdiction) or "Company standard"


@dataclass(frozen=True, slots=True)
class JurisdictionOf:
    """A question of a plan: the state in which the insured of a policy lives. Of all that is personal only the address is decrypted."""

    policy_id: UUID

    def asking(self) -> Asking:
        customer, policy = Customer._meta.db_table, Policy._meta.db_table
        sql = f"SELECT address FROM {customer} WHERE id = (SELECT customer_id FROM {policy} WHERE id = %s)"  # noqa: S608  # names of ours
        return Asking(sql, [self.policy_id], 1, self._read)

    def by_orm(self) -> str:
        address = Policy.objects.filter(pk=self.policy_id).values_list("customer__address", flat=True).first()
        return jurisdiction_of(address or "")

    def _read(self, row: Sequence[Any] | None) -> str:
        field: Any = Customer._meta.get_field("address")
        return jurisdiction_of(field.from_db_value(row[0], None, None) or "") if row else ""
