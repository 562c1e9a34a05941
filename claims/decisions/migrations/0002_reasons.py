"""The reasons for which claims are denied at first, and what the database holds of decisions."""

from typing import Any

from django.db import migrations

from claims.append_only import put_in, taken_out
from claims.decisions.append_only import of_decisions

# code, label, words for the letter, topic of the clause, whether a clause is needed
REASONS = (
    ("not_in_force", "Not in force at the loss", "The loss did not happen while your policy was in force.", "period", True),
    ("excluded_peril", "Excluded cause", "The loss has a cause that your policy excludes.", "exclusion", True),
    ("not_covered_property", "Property not covered", "What was damaged or lost is not property that your policy covers.", "not_covered_property", True),
    ("below_deductible", "Below the deductible", "The loss is not above the deductible, which you bear yourself.", "deductible", True),
    ("not_liable", "Not liable", "We found that you are not liable for the loss that is claimed from you.", "insuring", True),
    ("no_insurable_interest", "No insurable interest", "You had no interest of your own in the property when it was lost or damaged.", "interest", True),
    ("late_notice", "Late notice", "The loss was reported so late that it could no longer be looked into properly.", "notice", True),
    ("misrepresentation", "Misrepresentation", "A fact that matters for this insurance was concealed or stated wrongly on purpose.", "misrepresentation", True),
    ("duplicate", "Duplicate", "This loss is settled under another claim already.", "one_payment", True),
    ("other", "Other", "Your policy does not cover what is claimed.", "insuring", False),
)


def seed(apps: Any, schema_editor: Any) -> None:
    reason = apps.get_model("decisions", "DenialReason")
    reason.objects.using(schema_editor.connection.alias).bulk_create(
        reason(code=code, label=label, words=words, topic=topic, needs_clause=needs, position=place)
        for place, (code, label, words, topic, needs) in enumerate(REASONS)
    )


def put_rules_in(apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    for statement in put_in(of_decisions(vendor == "postgresql"), vendor):
        schema_editor.execute(statement)


def take_rules_out(apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    for statement in taken_out(of_decisions(vendor == "postgresql"), vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0001_decisions")]

    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
        migrations.RunPython(put_rules_in, take_rules_out),
    ]
