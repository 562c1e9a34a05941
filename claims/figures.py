"""What `/metrics` tells of claims beside what is counted as it happens."""

from django.db.models import Count
from django.utils import timezone

from claims.clocks.models import Clock
from claims.models import ClaimDocument
from vanguard.documents.scanning import ScanState
from vanguard.observability.asked import Figure, Values, add_figure


def deadlines_missed() -> Values:
    """Clocks that run still and whose last day is over, by their kind."""
    late = Clock.objects.running().filter(due_at__lt=timezone.now()).order_by().values("kind").annotate(number=Count("pk"))
    found = {row["kind"]: row["number"] for row in late}
    for kind, _ in Clock._meta.get_field("kind").flatchoices:
        yield (kind,), found.get(kind, 0)


def documents_unscanned() -> Values:
    yield (), ClaimDocument.objects.filter(scan_state=ScanState.PENDING).count()


add_figure(Figure("insurance_claim_deadlines_missed", "Deadlines on claims that have passed and are not met.", deadlines_missed, ("kind",)))
add_figure(Figure("insurance_documents_unscanned", "Documents that wait for the virus scanner.", documents_unscanned))
