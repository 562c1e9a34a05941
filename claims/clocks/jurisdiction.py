"""Under which state's law a claim is handled: that of the insured's address, until somebody says otherwise."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model

from customers.models import Customer, DataKey
from policies.models import Policy
from vanguard.encryption.owned import keyring
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
    """A question of a plan: the state in which the insured of a policy lives. Of all that is personal only the address is opened."""

    policy_id: UUID

    def asking(self) -> Asking:
        customer, key, policy = (model._meta.db_table for model in (Customer, DataKey, Policy))
        # With the key that opens it, which may not be remembered.
        sql = f"""
            SELECT insured.id, insured.address, kept.secret FROM {customer} AS insured
            LEFT JOIN {key} AS kept ON kept.customer_id = insured.id
            WHERE insured.id = (SELECT customer_id FROM {policy} WHERE id = %s)
        """  # noqa: S608  # names of ours
        return Asking(sql, [self.policy_id], 3, self._read)

    def by_orm(self) -> str:
        customer = Customer.objects.filter(policies=self.policy_id).only("address").first()
        return jurisdiction_of(customer.address or "") if customer else ""

    def _read(self, row: Sequence[Any] | None) -> str:
        if row is None or row[1] is None:
            return ""
        owner, address, secret = row
        if secret is not None and keyring.known(owner) is None:
            keyring.remember({owner: _plain(DataKey, "secret", secret)})
        field: Any = Customer._meta.get_field("address")
        return jurisdiction_of(field.opened(_plain(Customer, "address", address)))


def _plain(model: type[Model], name: str, value: Any) -> Any:
    field: Any = model._meta.get_field(name)
    return field.from_db_value(value, None, None)
