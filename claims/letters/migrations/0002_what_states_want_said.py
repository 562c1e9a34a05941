"""What the law of a state wants in a letter, as of 2026; from then on it is data."""

import datetime
from typing import Any

from django.db import migrations

REVIEW = "The right to a review"
GENERAL = (
    "If you believe that all or part of your claim has been wrongfully denied or rejected, you may also ask the insurance department of "
    "your state to review the matter. Its address is on the department's own pages."
)
CALIFORNIA = (
    "If you believe that all or part of your claim has been wrongfully denied or rejected, you may have the matter reviewed by the "
    "California Department of Insurance: Claims Services Bureau, 300 South Spring Street, South Tower, Los Angeles, CA 90013. "
    "Telephone 1-800-927-4357."
)
TEXAS = (
    "If you do not agree, you may have the matter reviewed by the Texas Department of Insurance: Consumer Protection, MC: CO-CP, "
    "P.O. Box 12030, Austin, TX 78711-2030. Telephone 1-800-252-3439."
)
IOWA = (
    "If you do not agree, you may have the matter reviewed by the Iowa Insurance Division: 1963 Bell Avenue, Suite 100, Des Moines, "
    "IA 50315. Telephone 1-877-955-1212."
)
PENNSYLVANIA = (
    "If you do not agree, you may have the matter reviewed by the Pennsylvania Insurance Department: Bureau of Consumer Services, "
    "1209 Strawberry Square, Harrisburg, PA 17120. Telephone 1-877-881-6388."
)
TEXTS = (
    ("", GENERAL, ""),
    ("US-CA", CALIFORNIA, "California Code of Regulations, title 10, section 2695.7(b)(3)"),
    ("US-TX", TEXAS, ""),
    ("US-IA", IOWA, ""),
    ("US-PA", PENNSYLVANIA, ""),
)


def seed(apps: Any, schema_editor: Any) -> None:
    text = apps.get_model("letters", "JurisdictionText")
    text.objects.using(schema_editor.connection.alias).bulk_create(
        text(jurisdiction=state, kind=kind, heading=REVIEW, text=words, citation=citation, valid_from=datetime.date(2000, 1, 1))
        for state, words, citation in TEXTS
        for kind in ("denial", "appeal_decided")
    )


class Migration(migrations.Migration):
    dependencies = [("letters", "0001_letters")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
