"""What `make delivery` works with: the tools of .venv-delivery, AWS's interfaces on loopback, and Terraform in a copy of its files."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

from tests.delivery.servers import ROOT, free_port

TOOLS = ROOT / ".venv-delivery" / "bin"
# moto's account.
ACCOUNT = "123456789012"
HOW_TO_HAVE_PROVIDERS = (
    "Where Terraform's registry cannot be reached, TERRAFORM_PROVIDERS names a folder with AWS's provider"
    " (made elsewhere by `terraform providers mirror FOLDER`)."
)
OVERRIDES = {
    # The backend and the addresses of this machine; everything else is as it is applied at AWS.
    ".": 'terraform {\n  backend "local" {}\n}\nprovider "aws" {\n  s3_use_path_style = true\n}\n',
    # moto has no backups of file systems. A secret's name is kept for a week after it is removed: the next trial would not get it.
    "modules/data": 'resource "aws_efs_backup_policy" "this" {\n  count = 0\n}\n'
    'resource "aws_secretsmanager_secret" "this" {\n  recovery_window_in_days = 0\n}\n',
}


class Ended(NamedTuple):
    status: int
    output: str


def run(*command: str | Path, folder: Path | str = ROOT, **environment: str) -> Ended:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Ended(done.returncode, done.stdout)


@contextmanager
def cloud(folder: Path) -> Iterator[dict[str, str]]:
    """moto, until the block ends; what a program must have in its environment to take it for AWS."""
    port = free_port()
    log = (folder / "moto.log").open("wb")
    managed = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    server = subprocess.Popen(
        [TOOLS / "python", ROOT / "tests/delivery/cloud/moto_server.py", str(port)], stdout=log, stderr=subprocess.STDOUT, env=managed
    )
    try:
        _wait(f"http://127.0.0.1:{port}/moto-api/")
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            # What moto lacks it answers with 500, which Terraform would try 25 times, for half an hour.
            "AWS_MAX_ATTEMPTS": "4",
            "PATH": f"{TOOLS}:{os.environ['PATH']}",
        }
    finally:
        server.terminate()
        server.wait()
        log.close()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"{url} does not answer.")


class Terraform:
    """One of Terraform's roots, in a copy of deploy/aws that is local to a test."""

    def __init__(self, folder: Path, root: str = ".", **environment: str) -> None:
        shutil.copytree(ROOT / "deploy" / "aws", folder / "aws", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        terraform = folder / "aws" / "terraform"
        self.folder = terraform / root
        (self.folder / "local_override.tf").write_text(OVERRIDES["."])
        (terraform / "modules/data/local_override.tf").write_text(OVERRIDES["modules/data"])
        self.environment = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", **_configuration(folder), **environment}

    def __call__(self, *arguments: str) -> Ended:
        return run("terraform", *arguments, folder=self.folder, **self.environment)

    def works(self, *arguments: str) -> str:
        """Its output; AssertionError with it where the command fails."""
        ended = self(*arguments)
        hint = f"\n{HOW_TO_HAVE_PROVIDERS}" if arguments[0] == "init" else ""
        assert ended.status == 0, ended.output[-6000:] + hint
        return ended.output

    def state(self) -> list[dict[str, Any]]:
        return list(json.loads((self.folder / "terraform.tfstate").read_text())["resources"])


def mirror() -> Path | None:
    """The folder that TERRAFORM_PROVIDERS names, as `terraform providers mirror` makes it. AssertionError where AWS's is not in it."""
    named = os.environ.get("TERRAFORM_PROVIDERS", "")
    if not named:
        return None
    folder = Path(named).resolve()
    assert any(folder.glob("*/hashicorp/aws")), f"TERRAFORM_PROVIDERS is {named}, where no */hashicorp/aws is. {HOW_TO_HAVE_PROVIDERS}"
    return folder


def _configuration(folder: Path) -> dict[str, str]:
    kept = mirror()
    if kept is None and Path(os.environ.get("TF_CLI_CONFIG_FILE") or "/nowhere").exists():
        return {}
    file = folder / "terraform.rc"
    file.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{kept}"\n  }}\n}}\n' if kept else "")
    return {"TF_CLI_CONFIG_FILE": str(file)}
