"""What must hold of customers: who was erased stays erased, whatever was put back."""

from collections.abc import Iterator

from customers.services import ledger
from vanguard.books import Invariant, Looking, Offender, keep, search


def _readable_again(_looking: Looking) -> Iterator[Offender]:
    for lot in ledger.readable_again():
        for key in lot.order_by("pk").values_list("pk", flat=True):
            yield Offender("customers.customer", str(key), str(key), "The ledger says that this customer was erased: run replay_erasures.")


keep(
    Invariant(
        "customer_erased",
        "Customers",
        "Whoever the ledger of erasures names is erased, also after an older backup was put back.",
        search(_readable_again),
    )
)
