"""Loaded by pytest before any test: the settings must find ENVIRONMENT=test, and pytest-django would read them earlier than tests/ is seen.

That is why DJANGO_SETTINGS_MODULE stands here and not in pyproject.toml.
"""

import os

import django

os.environ["ENVIRONMENT"] = "test"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

pytest_plugins = ("tests.needs",)
