"""The cover that was chosen, in its two forms: amounts to reckon with, and text in a JSON column."""

from collections.abc import Mapping
from decimal import Decimal

from policies.products.rules import Cover


def stored(covers: Mapping[str, Cover]) -> dict[str, dict[str, str]]:
    """As the JSON column holds it: text, so that no amount passes through a float."""
    return {code: {"limitAmount": f"{cover.limit:.2f}", "deductibleAmount": f"{cover.deductible:.2f}"} for code, cover in covers.items()}


def chosen_of(covers: Mapping[str, Mapping[str, str]]) -> dict[str, Cover]:
    """The reverse of `stored`."""
    return {code: Cover(Decimal(each["limitAmount"]), Decimal(each["deductibleAmount"])) for code, each in covers.items()}
