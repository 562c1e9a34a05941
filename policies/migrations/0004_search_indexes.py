from django.db import migrations, models

from vanguard.indexes import AddIndexOnline, RemoveIndexOnline, SearchIndex


class Migration(migrations.Migration):
    """What each sort, view and search of the policies is answered from."""

    atomic = False

    dependencies = [("policies", "0003_index_status_and_end"), ("customers", "0003_search_indexes")]

    operations = [
        AddIndexOnline("policy", models.Index(fields=["status", "-id", "policy_type"], name="policy_sorted_by_status")),
        AddIndexOnline("policy", models.Index(fields=["status", "id"], name="policy_sorted_by_status_down")),
        AddIndexOnline("policy", models.Index(fields=["policy_type", "-id"], name="policy_sorted_by_type")),
        AddIndexOnline("policy", models.Index(fields=["policy_type", "id"], name="policy_sorted_by_type_down")),
        AddIndexOnline("policy", models.Index(fields=["coverage_amount", "id"], name="policy_by_limit")),
        AddIndexOnline(
            "policy",
            models.Index(fields=["end_date", "id", "start_date", "cancelled_at", "status"], name="policy_by_end_in_force"),
        ),
        RemoveIndexOnline("policy", "policy_by_end"),
        SearchIndex("policy_number_begins", "policy", "upper(policy_number)"),
        SearchIndex("policy_number_ends", "policy", "reverse(policy_number)"),
    ]
