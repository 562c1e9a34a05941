"""What `/metrics` tells of policies beside what is counted as it happens."""

from django.utils import timezone

from policies.models import Policy
from policies.models.policy import lapsed
from vanguard.observability.asked import Figure, Values, add_figure


def past_their_end() -> Values:
    """Policies that are called active and ended already: `expire_policies` has not come by. One that lapsed before waits for another."""
    now = timezone.now()
    yield (), Policy.objects.filter(status=Policy.Status.ACTIVE, end_date__lte=now).exclude(lapsed(now)).count()


add_figure(Figure("insurance_policies_past_end", "Active policies whose end has passed.", past_their_end))
