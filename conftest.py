"""Loaded by pytest before any test: the settings must find ENVIRONMENT=test, and pytest-django would read them earlier than tests/ is seen.

That is why DJANGO_SETTINGS_MODULE stands here and not in pyproject.toml.
"""

import os

import django
import pytest

from vanguard import context

os.environ["ENVIRONMENT"] = "test"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

pytest_plugins = ("tests.needs",)


@pytest.fixture(autouse=True)
def _nobody_is_asking() -> None:
    """Tests share a thread, and with it the variables of the last request: none of them is about the next test."""
    for variable in (context.correlation_id, context.user_id, context.client_address):
        variable.set("")
