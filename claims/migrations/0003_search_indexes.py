from django.db import migrations, models

from vanguard.indexes import AddIndexOnline, RemoveIndexOnline, SearchIndex

NARROWED_BY = ("status", "stage", "claim_type", "assignee", "closed_at", "incident_date", "processed_date", "due_at")
ADDED_UP = (
    "closed_at", "assignee", "status", "stage", "proposed_by", "reported_date", "claim_amount",
    "proposed_amount", "approved_amount", "paid_amount", "policy",
)  # fmt: skip


class Migration(migrations.Migration):
    """What each sort, filter, figure and search of the worklist is answered from."""

    atomic = False

    dependencies = [("claims", "0002_count_claims"), ("policies", "0004_search_indexes")]

    operations = [
        AddIndexOnline("claim", models.Index(fields=["due_at", "id"], name="claim_by_deadline")),
        AddIndexOnline("claim", models.Index(fields=["status", "-id", "claim_type"], name="claim_sorted_by_status")),
        AddIndexOnline("claim", models.Index(fields=["processed_date", "assignee"], name="claim_by_decision")),
        AddIndexOnline("claim", models.Index(fields=["closed_at", "reported_date"], name="claim_by_closing")),
        AddIndexOnline("claim", models.Index(fields=["reported_date", "id", *NARROWED_BY], name="claim_by_report_narrowed")),
        AddIndexOnline(
            "claim",
            models.Index(fields=["incident_date", "id", "reported_date", "status", "claim_type"], name="claim_by_loss_narrowed"),
        ),
        AddIndexOnline(
            "claim", models.Index(fields=["due_at", "id", *ADDED_UP], condition=models.Q(("closed_at", None)), name="claim_open_figures")
        ),
        RemoveIndexOnline("claim", "claim_by_report"),
        RemoveIndexOnline("claim", "claim_by_loss"),
        RemoveIndexOnline("claim", "claim_open_by_deadline"),
        SearchIndex("claim_number_begins", "claim", "upper(claim_number)"),
        SearchIndex("claim_number_ends", "claim", "reverse(claim_number)"),
    ]
