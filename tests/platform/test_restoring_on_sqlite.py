"""The steps of docs/operations.md for a restore on SQLite: run as they are written there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import migrated
from tests.delivery.servers import ROOT
from tests.live import manage
from vanguard.backup.manifest import DATABASE

pytestmark = [pytest.mark.slow, pytest.mark.once]
# A backup, and what happened since: somebody was erased, and somebody came.
SEED = """
from django.core.management import call_command
from customers.models import Customer
from customers.services import request_erasure
from policies.papers.services import make_document
from tests.factories import CustomerFactory, PolicyFactory, superuser
boss, address = superuser(), 'gertrude@vanguard.example'
kept = PolicyFactory.create(policy_number='POL-2026-000042', customer__first_name='Wilhelmina')
make_document(boss, kept.pk, kind='schedule')
gone = CustomerFactory.create(first_name='Gertrude', email=address)
call_command('audit_seal')
call_command('backup', '{backups}')
request_erasure(boss, gone.pk, reason='Asked for it.', confirm_email=address)
CustomerFactory.create(first_name='Since')
"""
LOOK = """
from customers.models import Customer
from policies.models import Policy
from policies.papers.models import PolicyDocument
names = sorted(each.first_name for each in Customer.objects.all())
print(names, Policy.objects.get().policy_number, PolicyDocument.objects.get().file.read()[:5])
"""


def steps() -> str:
    """The commands, as the document has them."""
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Restoring a backup on SQLite")[2].partition("\n## ")[0]
    (block,) = re.findall(r"(?ms)^ *```sh\n(.*?)^ *```$", section)
    return str(block)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `var` and `backups`, made once: each test takes a copy."""
    folder = tmp_path_factory.mktemp("kept")
    environment = of_machine(folder)
    shutil.copyfile(migrated.on_sqlite(), folder / "var" / "vanguard.sqlite3")
    manage(environment, "shell", "--verbosity", "0", "--command", SEED.format(backups=folder / "backups"))
    return folder


@pytest.fixture
def machine(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "machine"))


def of_machine(folder: Path, var: str = "var") -> dict[str, str]:
    """As on a machine with SQLite alone: nothing but VAR_DIR says where things are."""
    found = {name: value for name, value in os.environ.items() if name not in ("MEDIA_ROOT", "ERASURE_LEDGER")}
    (folder / var / "figures").mkdir(parents=True, exist_ok=True)
    return found | {
        "ENVIRONMENT": "test",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "VAR_DIR": str(folder / var),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / var / "figures"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }


def look(folder: Path, var: str = "var") -> str:
    return manage(of_machine(folder, var), "shell", "--verbosity", "0", "--command", LOOK)


def follow(machine: Path) -> "subprocess.CompletedProcess[str]":
    """In a shell of its own, from the folder of the platform."""
    places = {"VAR": str(machine / "var"), "BACKUPS": str(machine / "backups"), "PROMETHEUS_MULTIPROC_DIR": str(machine)}
    own = {name: value for name, value in of_machine(machine).items() if name != "VAR_DIR"} | places
    return subprocess.run(["sh", "-c", steps()], cwd=ROOT, env=own, capture_output=True, text=True, timeout=300, check=False)


def test_the_steps_put_back_what_was_there_and_erase_again_who_was_erased_since(machine: Path) -> None:
    done = follow(machine)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 erased again, of 1 in the ledger." in done.stdout
    assert "verify_books: holds" in done.stdout
    assert "DOES NOT HOLD" not in done.stdout
    told, before = look(machine), look(machine, "var-before")
    assert "Wilhelmina" in told
    assert "POL-2026-000042 b'%PDF-'" in told
    assert not any(gone in told for gone in ("Since", "Gertrude"))
    assert "Since" in before
    assert not (machine / "var-restored").exists()


def test_a_backup_that_does_not_hold_changes_nothing(machine: Path) -> None:
    (backup,) = (machine / "backups").glob("vanguard-*Z")
    part = backup / DATABASE
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    done = follow(machine)
    assert done.returncode != 0
    assert "damaged" in done.stderr or "altered" in done.stderr
    assert "var-before" not in [each.name for each in machine.iterdir()]
    assert "Since" in look(machine)
