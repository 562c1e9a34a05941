"""How much each role may approve: data, set by an administrator, and audited."""

from django.contrib import admin

from claims.models import AuthorityLimit
from claims.templatetags.claim_words import loss
from vanguard.money import dollars
from vanguard.workbench.administrators import ForAdministrators


@admin.register(AuthorityLimit)
class AuthorityLimitAdmin(ForAdministrators):
    """Each sees the own limit where it binds: on the form that approves."""

    list_display = ("role", "type_of_loss", "cost_type", "up_to")
    list_select_related = ("role",)

    @admin.display(description="Type of loss", ordering="claim_type")
    def type_of_loss(self, limit: AuthorityLimit) -> str:
        return loss(limit.claim_type) if limit.claim_type else "Every type"

    @admin.display(description="Up to, in dollars", ordering="amount")
    def up_to(self, limit: AuthorityLimit) -> str:
        return dollars(limit.amount)
