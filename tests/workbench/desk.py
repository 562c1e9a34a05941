"""Working at the desk in tests: logging in, reading a page, and sending its forms as a browser does, hidden fields and all."""

import datetime
import html
import re
from typing import Any, Protocol

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from claims.models import Claim
from vanguard.accounts.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"
HIDDEN = re.compile(r'<input type="hidden" name="(?P<name>\w+)"(?: value="(?P<value>[^"]*)")?')
TAGS = re.compile(r"<[^>]+>")


class Answer(Protocol):
    """What the test client answers with, as far as the tests look at it."""

    status_code: int
    headers: Any
    wsgi_request: Any

    @property
    def content(self) -> bytes: ...


def desk_of(user: User) -> Client:
    """A browser in which `user` is logged in."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def claim_url(claim: Claim, what: str = "change") -> str:
    """The address of one of a claim's pages."""
    return reverse(f"admin:claims_claim_{what}", args=[claim.pk])


def source(response: Answer) -> str:
    """The page as it was sent."""
    return response.content.decode()


def words(response: Answer) -> str:
    """What a person reads on the page: no tags, single spaces."""
    body = source(response).partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(TAGS.sub(" ", body)).split())


def local(moment: datetime.datetime) -> str:
    """A moment as a form's field for day and hour holds it."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def hidden(page: str, form_id: str) -> dict[str, str]:
    """The hidden fields of the form with this id."""
    form = page.partition(f'id="{form_id}"')[2].partition("</form>")[0]
    return {found["name"]: html.unescape(found["value"] or "") for found in HIDDEN.finditer(form) if found["name"] != "csrfmiddlewaretoken"}


def open_form(client: Client, url: str, form_id: str = "command-form") -> dict[str, str]:
    """What the form at `url` carries along."""
    return hidden(source(client.get(url)), form_id)


def confirm(client: Client, url: str, **fields: Any) -> Answer:
    """Sends the form at `url`, reads what it comes to, and sends it again as the page has it."""
    shown = client.post(url, open_form(client, url) | fields)
    return client.post(url, hidden(source(shown), "command-form") | fields, follow=True)


def send(client: Client, url: str, /, form_id: str = "command-form", **fields: Any) -> Answer:
    """Opens the form at `url`, fills in `fields`, sends it, and follows to the page that answers."""
    return client.post(url, open_form(client, url, form_id) | fields, follow=True)
