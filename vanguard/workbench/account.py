"""Your account: password, second factor, recovery codes, and the log-ins that are open."""

from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from vanguard.accounts import second_factor
from vanguard.accounts.models import TokenFamily, User
from vanguard.accounts.services import end_log_ins
from vanguard.accounts.tokens import end_families
from vanguard.audit import acting_as
from vanguard.errors import DomainError
from vanguard.workbench.contributions import Page
from vanguard.workbench.forms import WorkbenchForm
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.site import workbench
from vanguard.workbench.step_up import code_was_given, in_the_way
from vanguard.workbench.views import INVALID

SHOWN = 20


class FirstCodeForm(WorkbenchForm):
    """The key that was shown, sealed, and the first code that the authenticator makes of it."""

    set_up = forms.CharField(widget=forms.HiddenInput, max_length=1000)
    otp = forms.CharField(
        label="Code", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    )


def account(request: HttpRequest) -> HttpResponse:
    """What there is, and where it is changed."""
    user = actor_of(request)
    families = TokenFamily.objects.filter(user=user, ended_at=None).order_by("-created_at")
    return _page(
        request,
        "workbench/account.html",
        title="Your account",
        codes_left=second_factor.recovery_codes_left(user),
        log_ins=families[:SHOWN],
        log_in_count=families.count(),
        is_required=second_factor.is_required(user),
    )


@sensitive_post_parameters("otp", "set_up")
@never_cache
def set_up(request: HttpRequest) -> HttpResponse:
    """The key for an authenticator, and the code that proves that it was taken over; then the recovery codes, this once."""
    user = actor_of(request)
    title = "A new second factor" if user.second_factor_since else "Set up your second factor"
    if asked := in_the_way(request, user, _around(request, title=title), _home()):
        return asked
    if request.method == "POST" and "set_up" in request.POST:
        return _confirmed(request, user, FirstCodeForm(request.POST), title)
    made = second_factor.new_set_up(user)
    return _key_page(request, made, FirstCodeForm(initial={"set_up": made.sealed}), title)


@sensitive_post_parameters()
@never_cache
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new ones, shown this once."""
    user = actor_of(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if asked := in_the_way(request, user, _around(request, title="New recovery codes"), _home()):
        return asked
    try:
        codes = second_factor.new_recovery_codes(user)
    except DomainError as refused:
        messages.error(request, refused.message)
        return HttpResponseRedirect(_home())
    return _codes_page(request, codes)


def end(request: HttpRequest) -> HttpResponse:
    """One log-in of the API, or all log-ins but the session that asks."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user = actor_of(request)
    if family := request.POST.get("family"):
        end_families(TokenFamily.objects.filter(user=user, pk__in=_uuids(family)), "ended by hand")
        messages.success(request, "That log-in has ended.")
    else:
        with acting_as(user):
            end_log_ins(user, "ended by hand")
        update_session_auth_hash(request, user)
        messages.success(request, "All other log-ins have ended.")
    return HttpResponseRedirect(_home())


def _confirmed(request: HttpRequest, user: User, form: FirstCodeForm, title: str) -> HttpResponse:
    if form.is_valid():
        try:
            codes = second_factor.enrol(user, form.cleaned_data["set_up"], form.cleaned_data["otp"])
        except DomainError as refused:
            form.refuse(refused)
        else:
            # All log-ins have ended; the session that proved the factor goes on.
            update_session_auth_hash(request, user)
            code_was_given(request)
            return _codes_page(request, codes)
    try:
        made = second_factor.set_up_again(user, form.data.get("set_up", ""))
    except DomainError:
        made = second_factor.new_set_up(user)
        form.data = {**form.data, "set_up": made.sealed}
    return _key_page(request, made, form, title, INVALID)


def _key_page(request: HttpRequest, made: second_factor.SetUp, form: FirstCodeForm, title: str, status: int = 200) -> HttpResponse:
    groups = " ".join(made.secret[at : at + 4] for at in range(0, len(made.secret), 4))
    return _page(request, "workbench/second_factor.html", status, title=title, form=form, key=groups, picture=_picture(made.address))


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return _page(request, "workbench/recovery_codes.html", title="Your recovery codes", codes=codes)


def _picture(address: str) -> SafeString:
    """A QR code as SVG with attributes only: the page's policy takes no inline styles."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(omitsize=True, svgclass="wb-qr", lineclass=None, light="#fff")
    return mark_safe(drawn)  # noqa: S308 (made here, out of black and white)


def _uuids(text: str) -> list[str]:
    try:
        return [TokenFamily._meta.pk.to_python(text)]
    except forms.ValidationError:
        return []


def _home() -> str:
    return reverse("admin:account")


def _around(request: HttpRequest, **more: Any) -> dict[str, Any]:
    return workbench().each_context(request) | more


def _page(request: HttpRequest, template: str, status: int = 200, **more: Any) -> HttpResponse:
    return TemplateResponse(request, template, _around(request, **more), status=status)


workbench().add_pages(
    Page("account/", "account", account),
    Page("account/second-factor/", "second_factor", set_up),
    Page("account/recovery-codes/", "recovery_codes", recovery_codes),
    Page("account/log-ins/end/", "end_log_ins", end),
)
