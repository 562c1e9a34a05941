"""What both compose files promise without being brought up; `make test-image` brings them up."""

from typing import Any

import pytest
import yaml

from tests.delivery.servers import ROOT

pytestmark = pytest.mark.once


@pytest.fixture(params=["docker-compose.yml", "deploy/compose/production.yml"])
def services(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / request.param).read_text())["services"])


def test_the_audit_trail_is_sealed_and_jobs_run_where_the_documents_are(services: dict[str, Any]) -> None:
    jobs, app = services["jobs"], services["app"]
    assert jobs["command"] == ["python", "manage.py", "run_jobs"]
    assert jobs["restart"] == "unless-stopped"
    assert [jobs.get(each) for each in ("image", "environment", "env_file", "volumes")] == [
        app.get(each) for each in ("image", "environment", "env_file", "volumes")
    ]
    assert jobs["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_what_runs_without_a_server_is_not_asked_whether_it_serves(services: dict[str, Any]) -> None:
    without = [each for name, each in services.items() if each["image"] == "vanguardai-app" and name != "app"]
    assert [each["healthcheck"] for each in without] == [{"disable": True}] * 2
