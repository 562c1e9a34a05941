"""A forgotten password of staff: Django's own pages for asking, and a page for the letter's link, over the service that the API uses."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.contrib.auth.views import PasswordResetCompleteView, PasswordResetDoneView, PasswordResetView
from django.http import HttpResponse
from django.urls import path, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from vanguard.accounts import forgotten
from vanguard.errors import Invalid


class ForgottenForm(PasswordResetForm):
    email = forms.EmailField(label="E-mail", max_length=255, widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def save(self, *_arguments: Any, **_options: Any) -> None:
        """Called by Django's view in the place of its own form's, which would send the mail while the browser waits."""
        forgotten.send_link(self.cleaned_data["email"], to_workbench=True)


@method_decorator(never_cache, name="dispatch")
class ForgottenView(PasswordResetView):
    form_class = ForgottenForm
    template_name = "workbench/forgotten.html"
    title = "Forgotten your password?"


@method_decorator(never_cache, name="dispatch")
class SentView(PasswordResetDoneView):
    template_name = "workbench/forgotten_sent.html"
    title = "Look into your mailbox"


class NewPasswordForm(forms.Form):
    # Filled by reset.js: the token is in the link's fragment, which no server and no log ever sees.
    token = forms.CharField(widget=forms.HiddenInput, max_length=1000, required=False)
    new_password = forms.CharField(label="New password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    again = forms.CharField(label="The same again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("again") not in (None, self.cleaned_data.get("new_password")):
            self.add_error("again", "This is not the same as above.")
        return self.cleaned_data


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class NewPasswordView(FormView):
    """Where the letter's link leads."""

    form_class = NewPasswordForm
    template_name = "workbench/new_password.html"
    success_url = reverse_lazy("password_reset_complete")
    extra_context = {"title": "New password", "help_texts": password_validators_help_texts}

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:
        try:
            forgotten.reset_password(form.cleaned_data["token"], form.cleaned_data["new_password"])
        except Invalid as refused:
            field = refused.errors[0].field
            form.add_error(field if field == "new_password" else None, refused.message)
            return self.form_invalid(form)
        return super().form_valid(form)


@method_decorator(never_cache, name="dispatch")
class SetView(PasswordResetCompleteView):
    template_name = "workbench/new_password_set.html"
    title = "The password is set"


# The names are those that Django's pages look for.
urlpatterns = [
    path("password_reset/", ForgottenView.as_view(), name="admin_password_reset"),
    path("password_reset/done/", SentView.as_view(), name="password_reset_done"),
    path("reset/", NewPasswordView.as_view(), name="password_reset_confirm"),
    path("reset/done/", SetView.as_view(), name="password_reset_complete"),
]
