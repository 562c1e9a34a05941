"""Requirement 3.2, read from the files; `make test-image` has both of them up."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.delivery.servers import ROOT

pytestmark = pytest.mark.once
FILES = [ROOT / "docker-compose.yml", ROOT / "deploy/compose/production.yml"]


def services(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text())["services"])


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_the_portal_is_served_where_letters_lead_to(file: Path) -> None:
    """To reset a password: PUBLIC_URL has a name that nginx has the portal for, the platform trusts, and the certificate is for."""
    found = services(file)
    platform, nginx = found["app"]["environment"], found["nginx"]
    name = platform["PUBLIC_URL"].removeprefix("https://")
    portal = nginx["environment"]["NGINX_PORTAL_NAMES"].split()
    assert name in portal
    assert "app.vanguardai.com" in portal
    assert set(portal) <= set(platform["TRUSTED_HOSTS"].split(","))
    [names] = re.findall(r"certificate\.sh var/tls (.*)", (ROOT / "Makefile").read_text())
    assert {*portal, *nginx["environment"]["NGINX_NAMES"].split()} <= set(names.split())


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_the_portals_files_are_those_that_make_portal_leaves_and_are_not_invented(file: Path) -> None:
    """Docker would otherwise make an empty folder, as root's, for what is not there."""
    [mount] = [each for each in services(file)["nginx"]["volumes"] if isinstance(each, dict)]
    assert (mount["source"], mount["target"], mount["read_only"]) == ("./dist/apps/portal", "/srv/portal", True)
    assert mount["bind"] == {"create_host_path": False}
    assert re.search(r"(?m)^portal: .*\n\t.*run portal:build", (ROOT / "Makefile").read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_letters_to_staff_lead_to_the_workbench(file: Path) -> None:
    found = services(file)
    assert found["app"]["environment"]["WORKBENCH_URL"].removeprefix("https://") in found["nginx"]["environment"]["NGINX_NAMES"].split()
