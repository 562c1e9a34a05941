"""Requirement 3.1: static files are the same in every build, and served as what they are."""

import os
import secrets
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.delivery.servers import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.once]


def collected(folder: Path) -> dict[str, str]:
    """What the image's build leaves, each file by its contents."""
    own = {name: secrets.token_urlsafe(48) for name in ("JWT_SECRET_KEY", "ENCRYPTION_KEY", "ENCRYPTION_SALT")}
    given = {**os.environ, **own, "ENVIRONMENT": "production", "DATABASE_URL": "sqlite:////tmp/none", "STATIC_ROOT": str(folder)}
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*") if file.is_file()}


def test_collected_twice_they_are_the_same_to_the_byte(tmp_path: Path) -> None:
    first, again = collected(tmp_path / "first"), collected(tmp_path / "again")
    assert "staticfiles.json" in first
    assert any(name.endswith(".gz") for name in first)
    assert {name for name in first.keys() | again.keys() if first.get(name) != again.get(name)} == set()
