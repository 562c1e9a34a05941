"""/.well-known/security.txt (RFC 9116): whom to tell of a hole, where the operator has said who that is, and none otherwise."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

# RFC 9116 wants less than a year. Whoever has an old copy asks again after a month; who asks us gets a fresh one each day.
DAYS = 30
ONE_DAY = "public, max-age=86400"


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """The file, for whoever asks. Raises Http404 where SECURITY_CONTACT is empty."""
    contacts: list[str] = settings.SECURITY_CONTACT
    if not contacts:
        raise Http404("There is no such address.")
    lines = [
        *(f"Contact: {contact}" for contact in contacts),
        f"Expires: {_expires():%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {request.build_absolute_uri(reverse('security-txt'))}",
    ]
    text = "".join(f"{line}\n" for line in lines)
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": ONE_DAY})


def _expires() -> datetime:
    """The midnight (UTC) that ends so many days from today: the same all day long, whichever worker answers."""
    return datetime.combine(timezone.now().astimezone(UTC).date() + timedelta(days=DAYS), time(), UTC)
