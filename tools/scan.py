"""`make scan`: code, secrets, Terraform, Dockerfile and workflows, for known mistakes; needs no internet.

A finding fails. What is known and meant stands in the tables below, each with its reason.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".venv-delivery" / "bin"
CODE = ["config", "vanguard", "customers", "policies", "claims", "tools", "gunicorn.conf.py", "manage.py"]

# checkov's checks that do not fit, and why.
NOT_CHECKED = {
    "CKV_AWS_18": "the bucket of the states, which CloudTrail watches, does not log into itself",
    "CKV_AWS_91": "the load balancer's access log would keep what is searched for; the platform writes its own, masked (docs/privacy.md)",
    "CKV_AWS_109": "a key's policy is about that key; `*` in it is the key itself",
    "CKV_AWS_111": "as before",
    "CKV_AWS_356": "as before",
    "CKV_AWS_144": "states are kept in one region, as all else is; the database's backups are what matters (docs/aws.md)",
    "CKV_AWS_161": "the pool logs in by a password from Secrets Manager; IAM's tokens end after fifteen minutes",
    "CKV_AWS_192": "AWSManagedRulesKnownBadInputsRuleSet is there, in a dynamic block that checkov does not unfold",
    "CKV2_AWS_76": "as before",
    "CKV_AWS_249": "two roles; in previews both come by one parameter, which checkov cannot read",
    "CKV_AWS_260": "port 80 redirects to TLS and does nothing else",
    "CKV_AWS_378": "TLS ends at the load balancer; between it and a task is our own subnet, opened to nobody else",
    "CKV_AWS_394": "zones are taken by name, the first two, which do not change",
    "CKV_GHA_7": "a rollback is told where and to which commit; both reach scripts as variables, which zizmor watches",
    "CKV2_AWS_5": "groups are attached in other modules, by their outputs",
    "CKV2_AWS_34": "the parameters hold names and sizes; secrets are in Secrets Manager",
    "CKV2_AWS_57": "keys change by the platform's own steps (docs/operations.md): exchanged behind its back, they would lock data up",
    "CKV2_AWS_62": "nobody waits for new states",
    "CKV2_AWS_69": "rds.force_ssl is set, in a dynamic block that checkov does not unfold",
}

# Folders that checkov leaves out, and why.
NOT_LOOKED_AT = {
    "\\.venv": "others' code",
    "node_modules": "others' code",
    "tools/engine/stand-ins": "images for tests on what mmdebstrap has just made, neither kept nor deployed (docs/deploying.md)",
}

# What detect-secrets takes for a secret outside of tests, by file, and what it is. In tests only keys and tokens of known forms are looked
# for: their passwords are no secrets.
NO_SECRETS = {
    "apps/portal/src/between-pages.ts": "the name under which a page keeps its token",
    "apps/portal/src/pages/log-in.tsx": "a field's label",
    "claims/demo/password.py": "the letters that a generated password is made of",
    "config/databases.py": "an address as an example",
    "config/environment.py": "the prefix by which a development secret is known",
    "config/mail.py": "an option's name",
    "deploy/aws/terraform/": "names and references; values are made in Secrets Manager and never stand in a file",
    "docs/": "examples of addresses",
    "libs/shared/types/src/lib/api.ts": "a field's name",
    "tools/ecs/": "names",
    "tools/pictures.py": "the demo's, on this machine",
    "vanguard/accounts/second_factor.py": "an alphabet",
    "vanguard/accounts/telling.py": "a kind of letter",
    "vanguard/backup/postgresql.py": "the variable by which PostgreSQL's tools take a password",
    "vanguard/http/docs.py": "digests of the scripts of the API's documentation",
    "vanguard/rights.py": "an address as an example",
}
GENERATED = ("requirements/", "package-lock.json", "data/", "bench/", "docs/pictures/", ".svg")
ONLY_IN_CODE = ("Secret Keyword", "Base64 High Entropy String", "Hex High Entropy String", "Basic Auth Credentials")
# Signed by nobody, and there to see that they are hidden.
INVENTED_TOKENS = {"tests/observability/test_error_tracking.py", "tests/observability/test_logs.py", "tests/web/test_request_line.py"}


def _tool(*command: str) -> int:
    return subprocess.run([TOOLS / command[0], *command[1:]], cwd=ROOT, check=False).returncode


def code() -> int:
    """High findings of bandit. The lesser ones are ruff's rules S, which `make lint` holds line by line, each exception with its reason."""
    return _tool("bandit", "-q", "-r", *CODE, "-lll")


def infrastructure() -> int:
    frameworks = ["--framework", "terraform", "github_actions", "dockerfile"]
    skipped = ["--skip-check", ",".join(NOT_CHECKED), *(word for folder in NOT_LOOKED_AT for word in ("--skip-path", folder))]
    return _tool("checkov", "-d", ".", "--skip-download", "--quiet", "--compact", *frameworks, *skipped)


def workflows() -> int:
    return _tool("zizmor", "--offline", "--quiet", "--min-severity", "medium", ".github/workflows")


def secrets() -> int:
    """Every tracked file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [name for name in listed.split("\0") if name and not name.startswith(GENERATED) and not name.endswith(GENERATED)]
    scanned = subprocess.run(
        [TOOLS / "detect-secrets", "scan", "--no-verify", *files], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = [
        f"{name}:{each['line_number']}: {each['type']}"
        for name, several in json.loads(scanned.stdout)["results"].items()
        for each in several
        if not is_known(name, each["type"])
    ]
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


def is_known(name: str, kind: str) -> bool:
    """Whether what was found in the file is meant."""
    if name.startswith("tests/") or name.endswith(".test.ts"):
        return kind in ONLY_IN_CODE or (kind == "JSON Web Token" and name in INVENTED_TOKENS)
    return kind in ONLY_IN_CODE and name.startswith(tuple(NO_SECRETS))


SCANS: dict[str, Callable[[], int]] = {"code": code, "infrastructure": infrastructure, "workflows": workflows, "secrets": secrets}


def main(names: list[str]) -> int:
    failed = []
    for name in names or SCANS:
        print(f"=== {name}", flush=True)
        if SCANS[name]():
            failed.append(name)
    print(f"Found something: {', '.join(failed)}." if failed else "Nothing found.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
