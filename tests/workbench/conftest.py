"""One person a role, and the page of the person."""

import pytest
from django.test import Client

from tests.factories import adjuster, staff, superuser, supervisor, underwriter
from tests.workbench.desk import desk_of
from vanguard.accounts.models import User


@pytest.fixture
def maya(db: None) -> User:
    return adjuster(first_name="Maya", last_name="Okafor", email="maya@vanguard.example")


@pytest.fixture
def daniel(db: None) -> User:
    return supervisor(first_name="Daniel", last_name="Reyes", email="daniel@vanguard.example")


@pytest.fixture
def at_maya(maya: User) -> Client:
    """The adjuster's browser."""
    return desk_of(maya)


@pytest.fixture
def at_daniel(daniel: User) -> Client:
    """The supervisor's browser."""
    return desk_of(daniel)


@pytest.fixture
def at_priya(db: None) -> Client:
    """The underwriter's browser."""
    return desk_of(underwriter(first_name="Priya", last_name="Nair"))


@pytest.fixture
def everybody(db: None) -> dict[str, Client]:
    """A browser for each role."""
    people = {
        "adjuster": adjuster(),
        "supervisor": supervisor(),
        "underwriter": underwriter(),
        "finance": staff("Finance"),
        "compliance": staff("Compliance"),
        "administrator": superuser(),
    }
    return {role: desk_of(person) for role, person in people.items()}
