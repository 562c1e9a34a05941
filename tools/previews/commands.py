"""Management commands of this checkout, with nothing of the shell's own databases and secrets."""

import os
import subprocess
import sys
from collections.abc import Mapping

from tools.previews.place import ROOT, PreviewError

# Only what a process needs to find its programs, its language and its certificates.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of a preview's process: a preview must never meet what this shell is set up for."""
    inherited = {name: value for name in INHERITED if (value := os.environ.get(name))}
    return {**inherited, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "config.settings", **variables}


def manage(variables: Mapping[str, str], *arguments: str) -> str:
    """What the command wrote. Raises PreviewError with all of it when it failed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(variables), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PreviewError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
