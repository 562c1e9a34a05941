"""How much each role may approve: data, set by an administrator."""

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from claims.models.ledger import CostType
from policies.models import NOT_NEGATIVE


class AuthorityLimit(models.Model):
    """Up to how much a role may approve on one claim, cumulatively, of one type of cost. No row means no authority."""

    role = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="authority_limits")
    claim_type = models.CharField(max_length=50, blank=True, help_text="Empty: every type that has no limit of its own.")
    cost_type = models.CharField(max_length=20, choices=CostType, default=CostType.INDEMNITY)
    amount = models.DecimalField(max_digits=15, decimal_places=2, validators=[NOT_NEGATIVE])

    class Meta:
        ordering = ("role", "claim_type")
        constraints = [
            models.UniqueConstraint("role", Lower("claim_type"), "cost_type", name="one_limit_a_role_type_and_cost"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="limit_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.claim_type or 'any type'}, {self.cost_type}: {self.amount}"
