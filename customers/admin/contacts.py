"""The contact history on the customer page."""

from typing import Any

from django.http import HttpRequest

from customers.models import ContactEntry, Customer
from vanguard.workbench.model_admin import actor_of

SHOWN = 20
ICONS = {"call": "clock", "email": "mail", "letter": "doc", "meeting": "two"}
WORDS = {
    ("call", "incoming"): "{customer} called, {author} answered",
    ("call", "outgoing"): "{author} called",
    ("email", "incoming"): "E-mail received, filed by {author}",
    ("email", "outgoing"): "E-mail sent by {author}",
    ("letter", "incoming"): "Letter received, filed by {author}",
    ("letter", "outgoing"): "Letter sent by {author}",
    ("meeting", "incoming"): "{customer} came to see {author}",
    ("meeting", "outgoing"): "{author} went to see the customer",
}


def shown(request: HttpRequest, record: Customer) -> dict[str, Any]:
    """The latest contacts, or all of them where the address asks for it; nothing for who may not read them. One query."""
    if not actor_of(request).has_perm("customers.view_contactentry"):
        return {}
    entries = record.contacts.select_related("author")
    wanted = None if request.GET.get("contacts") == "all" else SHOWN + 1
    found = list(entries[:wanted])
    more = wanted is not None and len(found) > SHOWN
    return {
        "shows_contacts": True,
        "contacts": [_in_words(each, record) for each in found[: SHOWN if more else None]],
        "more_contacts": more,
    }


def _in_words(entry: ContactEntry, record: Customer) -> dict[str, Any]:
    author = str(entry.author) if entry.author else "the system"
    says = WORDS[entry.channel, entry.direction].format(customer=record.full_name, author=author)
    return {"icon": ICONS[entry.channel], "says": says, "at": entry.happened_at, "text": entry.text}
