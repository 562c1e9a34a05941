"""Two entries in INSTALLED_APPS: the theme ("vanguard.workbench") and, in the place of django.contrib.admin, the admin with our site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class WorkbenchConfig(AppConfig):
    """Templates, styles and template tags. Listed before the admin, so that its templates win."""

    default = True
    name = "vanguard.workbench"
    label = "workbench"


class WorkbenchAdminConfig(AdminConfig):
    """Django's own admin, served by WorkbenchSite."""

    default = False
    default_site = "vanguard.workbench.site.WorkbenchSite"
