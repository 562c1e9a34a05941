"""Claims come under the state in which their insured lives; open ones get the clocks that their steps, letters and payments tell of."""

from collections import defaultdict
from itertools import batched
from typing import Any

from django.db import migrations

BATCH = 2000
FIELDS = ("claim_id", "rule_id", "kind", "days", "since", "started_at", "due_at", "ended_at", "ended_by", "met")


def read_addresses(apps: Any, schema_editor: Any) -> None:
    """Of all that is personal only the addresses are decrypted, each once."""
    from claims.clocks.jurisdiction import jurisdiction_of

    using = schema_editor.connection.alias
    claims = apps.get_model("claims", "Claim").objects.using(using)
    by_state: dict[str, list[Any]] = defaultdict(list)
    customers = apps.get_model("customers", "Customer").objects.using(using).filter(pk__in=claims.values("policy__customer"))
    for key, address in customers.order_by("pk").values_list("pk", "address").iterator(BATCH):
        if state := jurisdiction_of(address or ""):
            by_state[state].append(key)
    for state, keys in by_state.items():
        for some in batched(keys, 500):
            claims.filter(policy__customer__in=some).update(jurisdiction=state)


def give_clocks(apps: Any, schema_editor: Any) -> None:
    """The rows are read and written as they are now in the history of migrations; only the arithmetic is today's."""
    from claims.clocks.models import ClockRule, Holiday
    from claims.clocks.running import Rules, next_of
    from claims.clocks.steps import BY_LETTER, Happened, Paid, events_in, replayed

    using = schema_editor.connection.alias

    def rows(app: str, name: str) -> Any:
        return apps.get_model(app, name).objects.using(using)

    still_open = rows("claims", "Claim").filter(closed_at=None)
    steps, paid, written = defaultdict(list), defaultdict(list), defaultdict(list)
    for step in rows("claims", "ClaimTransition").filter(claim__in=still_open).order_by("at", "id").iterator(BATCH):
        steps[step.claim_id].append(step)
    payments = rows("claims", "ClaimPayment").filter(claim__in=still_open, paid_at__isnull=False, cost_type="indemnity")
    for key, at, amount in payments.order_by("paid_at", "id").values_list("claim_id", "paid_at", "amount"):
        paid[key].append(Paid(at, amount))
    letters = rows("letters", "ClaimLetter").filter(claim__in=still_open, kind__in=BY_LETTER)
    for key, kind, at in letters.values_list("claim_id", "kind", "made_at"):
        written[key].append(Happened(BY_LETTER[kind], at))
    rules = [ClockRule(**row) for row in rows("clocks", "ClockRule").values()]
    holidays = [Holiday(**row) for row in rows("clocks", "Holiday").values()]
    of_state: dict[str, Rules] = {}
    clock = apps.get_model("clocks", "Clock")
    for claim in still_open.order_by("pk").iterator(BATCH):
        read = of_state.setdefault(claim.jurisdiction, Rules(claim.jurisdiction, rules, holidays))
        told = events_in(claim.reported_date, steps[claim.pk], paid[claim.pk], written[claim.pk])
        clocks = replayed(claim, told, read)
        clock.objects.using(using).bulk_create(clock(**{name: getattr(each, name) for name in FIELDS}) for each in clocks)
        first = next_of(clocks)
        if first is not None and first.due_at != claim.due_at:
            still_open.filter(pk=claim.pk).update(due_at=first.due_at)


class Migration(migrations.Migration):

    # It reads addresses under the platform's key; from then on each is under its customer's own.
    run_before = [('customers', '0009_data_keys')]

    dependencies = [
        ('clocks', '0002_rules_and_holidays'),
        ('letters', '0002_what_states_want_said'),
    ]

    operations = [
        migrations.RunPython(read_addresses, migrations.RunPython.noop),
        migrations.RunPython(give_clocks, migrations.RunPython.noop),
    ]
