"""One person a role, and the page of the person."""

from pathlib import Path

import pytest
from django.test import Client

from tests.factories import adjuster, staff, superuser, supervisor, underwriter
from tests.workbench.desk import desk_of
from vanguard.accounts.models import User

HERE = Path(__file__).parent
# Pages whose questions and writes are tested on every database elsewhere: by services, lists and records. They only translate.
ONCE = frozenset(
    {
        "test_changed_meanwhile",
        "test_claim_money",
        "test_customer_records",
        "test_customers",
        "test_deciding",
        "test_decisions",
        "test_diary_pages",
        "test_file",
        "test_first_notice",
        "test_forgotten_password",
        "test_home",
        "test_invitations",
        "test_live_pages",
        "test_log_in",
        "test_policies",
        "test_policy_commands",
        "test_products",
        "test_quotes",
        "test_second_factor",
        "test_step_up",
    }
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and item.path.stem in ONCE:
            item.add_marker(pytest.mark.once)


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
