"""Log-ins and their roles: for administrators only. What a role may do is said in config.roles, not here."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse

from vanguard.accounts.forms import OwnPasswordForm, SomebodysPasswordForm
from vanguard.accounts.models import User
from vanguard.accounts.zones import zone_names
from vanguard.audit import acting_as
from vanguard.workbench.administrators import AddedOnce


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "first_name", "last_name")


class UserForm(UserChangeForm):
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=[(name, name) for name in sorted(zone_names())],
        help_text="In which they read dates and times.",
    )

    class Meta:
        model = User
        fields = "__all__"  # the fieldsets say which are shown
        # There are few roles: all are seen at once.
        widgets: ClassVar[dict[str, type[forms.Widget]]] = {"groups": forms.CheckboxSelectMultiple}


class AdministratorsOnly:
    """Whatever permissions a role was given by hand, log-ins and roles are an administrator's."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_change_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody is deleted: the history names them. An account is switched off."""
        return False


@admin.register(User)
class PersonAdmin(AdministratorsOnly, AddedOnce, UserAdmin):
    """Somebody who can log in."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = SomebodysPasswordForm
    ordering = ("last_name", "first_name", "email")
    list_display = ("email", "first_name", "last_name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    search_fields = ("email", "first_name", "last_name")
    readonly_fields = ("last_login", "date_joined", "second_factor_since")
    change_form_template = "workbench/user.html"
    change_list_template = "workbench/users.html"
    filter_horizontal = ()
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "time_zone")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined", "second_factor_since")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "first_name", "last_name", "usable_password", "password1", "password2")}),)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Django's page; what it changes is audited as the administrator's doing."""
        with acting_as(cast("User", request.user)):
            return super().user_change_password(request, id, form_url)


# Staff change their own password here; Django's form alone would leave the tokens of the API alive.
admin.site.password_change_form = OwnPasswordForm
admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(AdministratorsOnly, GroupAdmin):
    """A role. Its permissions are brought back to the table of config.roles with every migrate."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Read only: a change by hand would last until the next release."""
        return False
