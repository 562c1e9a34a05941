"""What administrators are told: that an endpoint was switched off, by letter and on the home page."""

import datetime

from django.conf import settings
from django.urls import reverse

from vanguard.accounts.models import User
from vanguard.mail.services import write
from vanguard.webhooks.models import Endpoint

LETTER = """The webhook "{name}" was switched off: {why}.

Nothing is delivered to it any more, and what happens from now on is not kept for it. What was waiting waits still.
When its receiver is well again, switch it on: {url}
"""
LASTS = datetime.timedelta(days=3)
SUBJECT = "A webhook was switched off"
WHY = {
    Endpoint.Off.FAILING: "nothing has arrived there for five days",
    Endpoint.Off.GONE: "its receiver answered 410 Gone, which says that nobody wants deliveries there",
}


def tell_administrators(endpoint: Endpoint) -> None:
    """A letter to each, with the commit."""
    url = f"{settings.WORKBENCH_URL}{reverse('admin:webhook', args=[endpoint.pk])}"
    words = LETTER.format(name=endpoint.name, why=WHY[Endpoint.Off(endpoint.off)], url=url)
    for person in User.objects.filter(is_superuser=True, is_active=True):
        write(person, address=person.email, kind="webhook_off", subject=SUBJECT, body=words, lasts=LASTS)
