"""The commands on a quote: what each button says, asks and calls. Whether it may be done is the service's to say."""

from typing import Any

from django.utils import timezone

from policies.quotes import services
from policies.quotes.admin.forms import DEDUCTIBLE, INPUT, LIMIT, ApproveForm, DeclineForm, PriceForm
from policies.quotes.models import Quote, Status
from vanguard.accounts.models import User
from vanguard.accounts.zones import own_zone
from vanguard.money import ZERO, dollars
from vanguard.workbench.commands import Command
from vanguard.workbench.dates import day
from vanguard.workbench.forms import RecordForm, same_minute


class QuoteCommand(Command[Quote]):
    """What the commands on a quote share."""

    def why_not(self, actor: User, record: Quote) -> str:
        if record.customer.user_id == actor.pk:
            return "You are the insured of this quote, so another person decides on it."
        return ""


class Price(QuoteCommand):
    """The same form prices it for the first time and again."""

    name, permission, key = "price", "quotes.price_quote", "p"
    form_class = PriceForm

    def offered(self, actor: User, record: Quote) -> bool:
        return record.status not in (Status.BOUND, Status.DECLINED)

    def why_not(self, actor: User, record: Quote) -> str:
        return ""

    def label(self, actor: User, record: Quote) -> str:
        return "Price…" if record.priced_at is None else "Price again…"

    def title(self, actor: User, record: Quote) -> str:
        return f"Price {record}"

    def page(self, actor: User, record: Quote) -> dict[str, Any]:
        words = f"Rated by {record.product_version}. The price holds for {record.product_version.quote_days} days."
        return {"intro": words + (" An approval that was given is void then." if record.status == Status.APPROVED else "")}

    def initial(self, actor: User, record: Quote) -> dict[str, Any]:
        values: dict[str, Any] = {name: timezone.localtime(getattr(record, name)) for name in ("start_date", "end_date")}
        for code, cover in record.chosen.items():
            values |= {LIMIT.format(code): cover.limit, DEDUCTIBLE.format(code): cover.deductible}
        return values | {INPUT.format(code): answer for code, answer in record.inputs.items()}

    def prepare(self, actor: User, record: Quote, form: RecordForm) -> None:
        if isinstance(form, PriceForm):
            form.ask(record.product_version)

    def run(self, actor: User, record: Quote, form: RecordForm) -> Quote:
        if not isinstance(form, PriceForm):
            raise TypeError("The form that prices is made from the product's version.")
        sent = form.cleaned_data
        # The fields show minutes: a moment that was not touched keeps the seconds that it has.
        moments = {name: sent[name] for name in ("start_date", "end_date") if self._is_own(form, record, name)}
        return services.price_quote(
            actor, record.pk, inputs=form.inputs(), covers=form.covers(record.chosen), version=sent["version"], **moments
        )

    def _is_own(self, form: RecordForm, record: Quote, name: str) -> bool:
        chosen = form.data.get(f"keep_{name}") != "theirs"
        return chosen and not same_minute(form.cleaned_data[name], getattr(record, name))

    def done(self, actor: User, record: Quote, fresh: Quote | None) -> str:
        quote = fresh or record
        price = f"${dollars(quote.premium_amount or ZERO)}"
        match quote.status:
            case Status.REFERRED:
                return f"{quote} comes to {price} and is referred: an underwriter decides."
            case Status.DECLINED:
                return f"{quote} is declined by a rule."
        return f"{quote} comes to {price}, valid until {day(quote.expires_at) if quote.expires_at else ''}."


class Approve(QuoteCommand):
    name, permission, key = "approve", "quotes.approve_quote", "a"
    form_class = ApproveForm

    def offered(self, actor: User, record: Quote) -> bool:
        return record.current_status == Status.REFERRED

    def why_not(self, actor: User, record: Quote) -> str:
        if record.needs_second_person and record.maker_id == actor.pk:
            return "You priced this quote yourself, and a rule asks for a second person."
        return super().why_not(actor, record)

    def label(self, actor: User, record: Quote) -> str:
        return "Approve…"

    def title(self, actor: User, record: Quote) -> str:
        return f"Approve {record}"

    def submit(self, actor: User, record: Quote) -> str:
        return f"Approve at ${dollars(record.premium_amount or ZERO)}"

    def run(self, actor: User, record: Quote, form: RecordForm) -> Quote:
        return services.approve_quote(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Quote, fresh: Quote | None) -> str:
        return f"{record} is approved. It can be bound."


class Decline(QuoteCommand):
    name, permission, key, tone = "decline", "quotes.decline_quote", "d", "danger"
    form_class = DeclineForm

    def offered(self, actor: User, record: Quote) -> bool:
        return record.status not in (Status.BOUND, Status.DECLINED)

    def label(self, actor: User, record: Quote) -> str:
        return "Decline…"

    def title(self, actor: User, record: Quote) -> str:
        return f"Decline {record}"

    def run(self, actor: User, record: Quote, form: RecordForm) -> Quote:
        return services.decline_quote(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Quote, fresh: Quote | None) -> str:
        return f"{record} is declined."


class Bind(QuoteCommand):
    name, permission, key = "bind", "quotes.bind_quote", "b"

    def offered(self, actor: User, record: Quote) -> bool:
        return record.current_status in (Status.QUOTED, Status.APPROVED)

    def label(self, actor: User, record: Quote) -> str:
        return f"Bind at ${dollars(record.premium_amount or ZERO)}…"

    def title(self, actor: User, record: Quote) -> str:
        return f"Bind {record}"

    def submit(self, actor: User, record: Quote) -> str:
        return f"Bind at ${dollars(record.premium_amount or ZERO)}"

    def page(self, actor: User, record: Quote) -> dict[str, Any]:
        return {"intro": f"{record.customer.full_name} is insured from {day(record.start_date)} on: the policy is booked at once."}

    def run(self, actor: User, record: Quote, form: RecordForm) -> Quote:
        return services.bind_quote(actor, record.pk, version=form.cleaned_data["version"], time_zone=own_zone(actor))

    def done(self, actor: User, record: Quote, fresh: Quote | None) -> str:
        return f"{record} is bound as {fresh.policy if fresh else 'a policy'}."
