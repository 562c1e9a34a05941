"""S18, long: what Django says of production's settings."""

import os
import subprocess
import sys

from tests.delivery.servers import ROOT
from tests.platform.test_starting import PRODUCTION
from tests.security.long import figure


def test_django_finds_nothing_unsafe_in_production() -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = kept | PRODUCTION | {"EMAIL_URL": "smtp+tls://mail.example:587", "SECURITY_CONTACT": "mailto:security@insurer.example"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    figure("S18", f"check --deploy: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
