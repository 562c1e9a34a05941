"""How figures are written for people, and as which type they go into a file."""

from decimal import ROUND_HALF_UP, Decimal

from claims.reports.tables import Number, Unit
from vanguard.money import dollars

# As spreadsheets take it.
FORMATS = {
    Unit.TEXT: "",
    Unit.COUNT: "#,##0",
    Unit.MONEY: "#,##0.00",
    Unit.RATIO: "0.0%",
    Unit.FACTOR: "0.0000",
    Unit.DAYS: "0.0",
    Unit.YEARS: "#,##0.0",
}
THOUSAND, MILLION = 1_000, 1_000_000


def written(value: Number | str | None, unit: Unit, *, whole: bool = False) -> str:
    """For a page; with `whole`, money without its cents. What is not there is empty."""
    if value is None or isinstance(value, str):
        return value or ""
    amount = Decimal(str(value))
    match unit:
        case Unit.MONEY if whole:
            return dollars(amount.quantize(Decimal(1), ROUND_HALF_UP)).removesuffix(".00")
        case Unit.MONEY:
            return dollars(amount)
        case Unit.RATIO:
            return f"{amount * 100:,.1f}%"
        case Unit.FACTOR:
            return f"{amount:.4f}"
        case Unit.DAYS | Unit.YEARS:
            return f"{amount:,.1f}"
        case _:
            return f"{amount:,}"


def short(value: float, unit: Unit) -> str:
    """For a chart, where there is room for four digits: 1.2M."""
    if unit == Unit.RATIO:
        return f"{value * 100:,.1f}%" if value else "0%"
    if abs(value) >= MILLION:
        return f"{value / MILLION:,.1f}M"
    if abs(value) >= 10 * THOUSAND:
        return f"{value / THOUSAND:,.0f}k"
    return f"{value:,.1f}".removesuffix(".0")
