"""The second step of the log-in, for who has a second factor: after the right password a code. Before, nothing tells that there is one."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from vanguard.accounts.lockout import remember_device
from vanguard.accounts.models import User
from vanguard.errors import Throttled, Unauthenticated
from vanguard.workbench.login import locked_page
from vanguard.workbench.step_up import code_for_session

PENDING = "log_in_pending"
# So long the right password is remembered while the code is looked for.
SECONDS = 600
BACKEND = "django.contrib.auth.backends.ModelBackend"


class CodeForm(forms.Form):
    otp = forms.CharField(
        label="Code from your authenticator",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "autofocus": True}),
        error_messages={"required": "The code is missing."},
    )


def begin(request: HttpRequest, user: User) -> HttpResponse:
    """The password was right: on to the code."""
    after = cast("Any", LoginView()).get_redirect_url(request) or reverse("admin:index")
    # A session of its own, so that nobody who knew its key before has this one.
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": str(user.pk),
        "hash": user.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
        "next": after,
    }
    return HttpResponseRedirect(reverse("admin:second_step"))


@sensitive_post_parameters("otp")
@never_cache
@csrf_protect
def page(request: HttpRequest) -> HttpResponse:
    """Asks for the code; the right one logs in."""
    user = _pending(request)
    if user is None:
        return HttpResponseRedirect(reverse("admin:login"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            return _let_in(request, user, form.cleaned_data["otp"])
        except Throttled:
            return locked_page(request, None, {"username": user.email})
        except Unauthenticated as refused:
            form.add_error("otp", refused.message)
    return TemplateResponse(request, "workbench/second_step.html", {"title": "One more step", "form": form})


def _pending(request: HttpRequest) -> User | None:
    """Whose password was right in this session a moment ago, if it still is theirs, and they may still come in."""
    told: dict[str, Any] = request.session.get(PENDING) or {}
    if not told or timezone.now().timestamp() - told["at"] > SECONDS:
        return None
    user = User.objects.filter(pk=UUID(told["user"]), is_active=True, is_staff=True, second_factor_since__isnull=False).first()
    return user if user and constant_time_compare(user.get_session_auth_hash(), told["hash"]) else None


def _let_in(request: HttpRequest, user: User, code: str) -> HttpResponse:
    """Log in with the code. Raises Throttled, Unauthenticated; where anything fails neither is the code used nor the log-in begun."""
    after = request.session[PENDING]["next"]
    try:
        with code_for_session(request, user, code):
            del request.session[PENDING]
            login(request, user, backend=BACKEND)
    except Exception:
        # The log-in did not take place, so the token against forgery stays as it was, and the same page can be sent again.
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
        raise
    response = HttpResponseRedirect(after)
    remember_device(response, request, user)
    return response
