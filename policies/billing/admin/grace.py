"""How long cover goes on unpaid: data, set by an administrator, and audited."""

from django.contrib import admin

from policies.billing.models import GracePeriod
from vanguard.workbench.administrators import ForAdministrators


@admin.register(GracePeriod)
class GracePeriodAdmin(ForAdministrators):
    """Without a row it is 30 days from a notice that is given when an instalment is due."""

    list_display = ("__str__", "notice_after_days", "grace_days")
