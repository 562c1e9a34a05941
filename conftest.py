"""Loaded by pytest before any test: the settings must find ENVIRONMENT=test, and pytest-django would read them earlier than tests/ is seen.

That is why DJANGO_SETTINGS_MODULE stands here and not in pyproject.toml.
"""

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import django
import pytest
from django.conf import settings
from servestatic.middleware import ServeStaticMiddleware

gc.disable()  # until the tests begin: tests/collecting.py
os.environ["ENVIRONMENT"] = "test"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from tests.as_migrated import django_db_setup  # noqa: E402, F401  # after the settings are there; a fixture, in place of pytest-django's
from tests.records import forget_who_asked  # noqa: E402  # its models need the settings too
from vanguard.mail import sending  # noqa: E402  # its models need the settings too

pytest_plugins = ("tests.collecting", "tests.needs")


@pytest.fixture(autouse=True)
def _nobody_is_asking() -> None:
    forget_who_asked()


@pytest.fixture(autouse=True, scope="session")
def _files_go_into_a_folder_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Decisions write letters: they are not to pile up among a developer's own documents."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "MEDIA_ROOT", str(tmp_path_factory.mktemp("documents")))
        yield


@pytest.fixture(autouse=True, scope="session")
def really_soon() -> Iterator[Callable[[UUID], None]]:
    """A test's transaction never ends, so that a thread would not find the letter: what waits is sent by tests.mail.posted."""
    found = sending.send_soon
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "send_soon", lambda _letter_id: None)
        yield found


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_listed_once() -> Iterator[None]:
    """Each test client loads the middleware anew, which then lists all static files: two thirds of a small test's time."""
    listing = ServeStaticMiddleware.add_files_from_finders
    files: dict[str, Any] = {}
    directories: list[Any] = []

    def listed(middleware: ServeStaticMiddleware) -> None:
        if not files:
            listing(middleware)
            files.update(middleware.files)
            directories.extend(middleware.directories)
        middleware.files, middleware.directories = dict(files), list(directories)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServeStaticMiddleware, "add_files_from_finders", listed)
        yield
