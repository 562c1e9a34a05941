"""Requirement 6.3 and 6.4: what the workflows run, run here against commands that write down how they were called."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.delivery.servers import ROOT
from tests.needs import CHROMIUM_NAMES, NEEDS
from tools.ecs import release

pytestmark = pytest.mark.once
SCRIPTS = ROOT / "deploy" / "pipeline"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
REPOSITORY = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/vanguardai"
# Each stands in for a command: it adds a line to $CALLS, and does what its part of the pipeline needs of it.
COMMANDS = {
    "aws": """case "$*" in
        *get-login-password*) echo secret ;;
        *describe-images*)
            [ -z "${REFUSED:-}" ] || { echo "An error occurred ($REFUSED) when calling DescribeImages" >&2; exit 254; }
            echo "${FOUND:-sha256:1}" ;;
        *list-objects*) echo '{"Contents": [{"Key": "previews/pr-3.tfstate"}, {"Key": "previews/pr-4.tfstate"}]}' ;;
        *get-resources*) echo "{\\"ResourceTagMappingList\\": [${LEFT:-}]}" ;;
    esac""",
    "docker": """[ "$1" != login ] || cat >/dev/null
    while [ $# -gt 0 ]; do
        [ "$1" != --metadata-file ] || echo '{"containerimage.digest": "sha256:2"}' >"$2"
        shift
    done""",
    "terraform": """case "$*" in
        *"destroy"*"number=${STUCK:-none} "*) exit 1 ;;
        *"-raw url") printf https://pr-3.example ;;
        *"-raw log_ins") printf vanguardai/pr-3/demo-password ;;
    esac""",
    "gh": """case "$*" in *"pr list"*) printf '%s\\n' $OPEN ;; esac""",
}


class Machine:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, does in COMMANDS.items():
            command = folder / name
            command.write_text(f'#!/bin/sh\necho "{name} $*" >>"$CALLS"\n{does}\n')
            command.chmod(0o755)

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {
            **os.environ,
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "CALLS": str(self.folder / "calls"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "STATE_BUCKET": "states",
            "AWS_REGION": "us-east-1",
            "PATIENCE": "0",
            **environment,
        }
        return subprocess.run([SCRIPTS / script, *arguments], env=given, capture_output=True, text=True, check=False)

    def calls(self) -> str:
        return (self.folder / "calls").read_text()

    def output(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.folder / "output").read_text().splitlines())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_image_is_built_with_its_bill_of_materials_and_named_by_its_digest(machine: Machine) -> None:
    assert machine.run("image.sh", REPOSITORY, "abc", REFUSED="ImageNotFoundException").returncode == 0
    assert machine.output() == {"digest": "sha256:2", "image": f"{REPOSITORY}@sha256:2"}
    assert "aws ecr get-login-password --region eu-west-1" in machine.calls()
    build = next(line for line in machine.calls().splitlines() if "buildx build" in line)
    assert {"--push", "--sbom=true", "--provenance=mode=max", f"{REPOSITORY}:abc"} <= set(build.split())
    assert "--platform linux/amd64" in build, "a Mac would build what Fargate's X86_64 cannot start"


def test_a_release_that_is_built_again_takes_the_image_that_is_there(machine: Machine) -> None:
    """Tags are never given twice: the push would be refused, and the release stay red for ever."""
    assert machine.run("image.sh", REPOSITORY, "abc").returncode == 0
    assert machine.output() == {"digest": "sha256:1", "image": f"{REPOSITORY}@sha256:1"}
    asked = next(line for line in machine.calls().splitlines() if "describe-images" in line)
    assert "--region eu-west-1 --registry-id 000000000000 --repository-name vanguardai --image-ids imageTag=abc" in asked
    assert "buildx build" not in machine.calls()
    assert "docker login" in machine.calls(), "the attestation is pushed with it"


def test_an_image_that_may_not_be_asked_for_is_an_error_that_is_said(machine: Machine) -> None:
    ended = machine.run("image.sh", REPOSITORY, "abc", REFUSED="AccessDeniedException")
    assert ended.returncode == 1
    assert "AccessDeniedException" in ended.stderr
    assert "buildx build" not in machine.calls()


def test_an_earlier_release_is_found_by_its_commit(machine: Machine) -> None:
    assert machine.run("find-image.sh", REPOSITORY, "abc").returncode == 0
    assert machine.output()["image"] == f"{REPOSITORY}@sha256:1"


def test_a_release_that_never_was_is_an_error(machine: Machine) -> None:
    ended = machine.run("find-image.sh", REPOSITORY, "abc", FOUND="None")
    assert ended.returncode == 1
    assert "no image" in ended.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Of main, whose task definition was changed once; a branch has a commit that main has not."""
    folder = tmp_path / "checkout"
    definition = folder / "deploy/aws/task-definition.json"
    definition.parent.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for branch, words in (("main", "earlier"), ("main", "latest"), ("unreviewed", "anything")):
        if branch != "main":
            git(folder, "checkout", "--quiet", "-b", branch)
        definition.write_text(words)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", words)
    git(folder, "update-ref", "refs/remotes/origin/main", "main")
    git(folder, "checkout", "--quiet", "main")
    return folder


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def earlier(checkout: Path, commit: str, **environment: str) -> tuple[int, str]:
    ended = subprocess.run([SCRIPTS / "earlier.sh", commit], cwd=checkout, env=os.environ | environment, capture_output=True, check=False)
    return ended.returncode, (checkout / "deploy/aws/task-definition.json").read_text()


def test_going_back_takes_only_the_task_definition_of_a_release_that_main_has(checkout: Path) -> None:
    assert earlier(checkout, git(checkout, "rev-parse", "main~1")) == (0, "earlier")
    assert git(checkout, "status", "--porcelain") == "M deploy/aws/task-definition.json"


def test_going_back_takes_nothing_of_a_commit_that_nobody_reviewed(checkout: Path) -> None:
    assert earlier(checkout, git(checkout, "rev-parse", "unreviewed")) == (1, "latest")


@pytest.fixture
def migrated(checkout: Path) -> str:
    """The commit before main got a migration."""
    before = git(checkout, "rev-parse", "main")
    migration = checkout / "claims/migrations/0099_narrowed.py"
    migration.parent.mkdir(parents=True)
    migration.write_text("narrower")
    (checkout / "deploy/aws/task-definition.json").write_text("newest")
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "-m", "narrowed")
    git(checkout, "update-ref", "refs/remotes/origin/main", "main")
    return before


def test_going_back_before_a_migration_is_refused_by_its_name(checkout: Path, migrated: str) -> None:
    assert earlier(checkout, migrated) == (1, "newest")
    ended = subprocess.run([SCRIPTS / "earlier.sh", migrated], cwd=checkout, capture_output=True, text=True, check=False)
    assert "claims/migrations/0099_narrowed.py" in ended.stderr
    assert "schema_is_newer" in ended.stderr


def test_going_back_before_a_migration_is_done_for_who_says_that_it_suits(checkout: Path, migrated: str) -> None:
    assert earlier(checkout, migrated, SCHEMA_IS_NEWER="false") == (1, "newest")
    assert earlier(checkout, migrated, SCHEMA_IS_NEWER="true") == (0, "latest")
    asked = workflow(ROOT / ".github/workflows/rollback.yml")[True]["workflow_dispatch"]["inputs"]["schema_is_newer"]
    assert (asked["type"], asked["default"]) == ("boolean", False)
    [step] = [step for step in steps(ROOT / ".github/workflows/rollback.yml") if "earlier.sh" in str(step.get("run"))]
    assert step["env"]["SCHEMA_IS_NEWER"] == "${{ inputs.schema_is_newer }}"


@pytest.mark.parametrize("name", ["", "unreviewed", "--help", "main~1"])
def test_a_release_is_named_by_its_whole_commit(checkout: Path, name: str) -> None:
    assert earlier(checkout, name) == (2, "latest")


def test_a_rollback_runs_mains_tools_and_looks_at_the_commit_before_it_takes_a_role_on() -> None:
    does = steps(ROOT / ".github/workflows/rollback.yml")
    assert does[0]["with"] | {"ref": "main", "fetch-depth": 0} == does[0]["with"]
    commands = [str(step.get("run", step.get("uses"))) for step in does]
    looks = next(place for place, command in enumerate(commands) if "earlier.sh" in command)
    assert looks < next(place for place, command in enumerate(commands) if "configure-aws-credentials" in command)


def test_a_release_that_waits_for_approval_holds_up_no_other() -> None:
    assert "concurrency" not in workflow(ROOT / ".github/workflows/release.yml")
    [deploys] = workflow(ROOT / ".github/workflows/deploy.yml")["jobs"].values()
    assert deploys["concurrency"] == {"group": "deploy-${{ inputs.environment }}", "cancel-in-progress": False}


# What tools/ecs may wait, and the minutes in which a machine is got ready.
ROLLED_OUT_AND_BACK = 4 * release.DEPLOYMENT_SECONDS + release.ANSWER_SECONDS
PREPARED = 900


@pytest.mark.parametrize(("name", "waits"), [("deploy", release.TASK_SECONDS + ROLLED_OUT_AND_BACK), ("rollback", ROLLED_OUT_AND_BACK)])
def test_a_release_is_not_cut_off_while_it_is_taken_back(name: str, waits: float) -> None:
    """By the job's time, or because the role that it took on has ended."""
    [job] = workflow(ROOT / f".github/workflows/{name}.yml")["jobs"].values()
    [taken_on] = [step["with"]["role-duration-seconds"] for step in job["steps"] if "configure-aws" in str(step.get("uses"))]
    assert job["timeout-minutes"] * 60 >= waits + PREPARED
    assert taken_on >= waits + PREPARED
    longest = re.search(r"max_session_duration = (\d+)", (ROOT / "deploy/aws/terraform/modules/pipeline/roles.tf").read_text())
    assert longest is not None
    assert taken_on <= int(longest[1])


@pytest.mark.parametrize(
    ("name", "job", "role"),
    [("release", "build", "BUILD"), ("preview", "up", "PREVIEW"), ("preview", "down", "PREVIEW"), ("sweep", "sweep", "PREVIEW")],
)
def test_a_repository_without_aws_is_not_red_for_ever(name: str, job: str, role: str) -> None:
    """Of the repository, because a job's condition does not see what its environment has."""
    assert f"vars.AWS_{role}_ROLE != ''" in workflow(ROOT / f".github/workflows/{name}.yml")["jobs"][job]["if"]
    assert re.search(rf"(?m)^ +\| [^|]*`AWS_{role}_ROLE`[^|]* \| the repository \|", (ROOT / "docs/aws.md").read_text())


def test_a_preview_has_a_state_of_its_own_and_says_where_it_is(machine: Machine) -> None:
    assert machine.run("preview.sh", "up", "3", "image@sha256:2", "abc").returncode == 0
    assert machine.output() == {"url": "https://pr-3.example", "log_ins": "vanguardai/pr-3/demo-password"}
    assert "key=previews/pr-3.tfstate" in machine.calls()
    assert "aws ecs wait services-stable --cluster vanguardai-cluster --services pr-3" in machine.calls()


def test_a_preview_is_removed_with_its_state_and_nothing_is_left(machine: Machine) -> None:
    assert machine.run("preview.sh", "down", "3").returncode == 0
    steps = [machine.calls().index(each) for each in (" destroy ", " get-resources ", "aws s3 rm s3://states/previews/pr-3.tfstate")]
    assert steps == sorted(steps)


def test_a_removal_that_leaves_something_fails_and_names_it(machine: Machine) -> None:
    ended = machine.run("preview.sh", "down", "3", LEFT='{"ResourceARN": "arn:aws:x", "Tags": [{"Key": "Preview", "Value": "pr-3"}]}')
    assert ended.returncode == 1
    assert "arn:aws:x" in ended.stdout
    assert "s3 rm" not in machine.calls(), "without its state the sweep would find it by its tags alone"


@pytest.mark.parametrize("number", ["", "0", "3; rm", "../4"])
def test_only_a_number_is_taken_for_one(machine: Machine, number: str) -> None:
    assert machine.run("preview.sh", "down", number).returncode == 2
    assert not (machine.folder / "calls").exists()


def test_the_nightly_sweep_removes_what_has_no_open_pull_request(machine: Machine) -> None:
    assert machine.run("sweep.sh", OPEN="4 9").returncode == 0
    assert re.findall(r"destroy.*number=(\d+)", machine.calls()) == ["3"]


def test_one_preview_that_cannot_be_removed_does_not_keep_the_others(machine: Machine) -> None:
    ended = machine.run("sweep.sh", OPEN="9", STUCK="3")
    assert ended.returncode == 1
    assert "Could not be removed: 3" in ended.stderr
    assert re.findall(r"destroy.*number=(\d+)", machine.calls()) == ["3", "4"]


def test_the_comment_is_one_and_names_no_password(machine: Machine) -> None:
    assert machine.run("comment.sh", "3", "https://pr-3.example", "vanguardai/pr-3/demo-password").returncode == 0
    assert "pr comment 3 --edit-last --create-if-none" in machine.calls()


def workflow(file: Path) -> dict[Any, Any]:
    return dict(yaml.safe_load(file.read_text()))


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(file)["jobs"].values() for step in job.get("steps", [])]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit(file: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", file.read_text())
    assert not [name for name, rest in used if not name.startswith("./") and not (re.search(r"@[0-9a-f]{40}$", name) and "# v" in rest)]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.stem)
def test_no_step_has_logic_that_is_not_in_a_script(file: Path) -> None:
    """One command a step: what it is made of is a make target, a script of deploy/pipeline, or tools.ecs, and tested there."""
    commands = [str(step["run"]).strip() for step in steps(file) if "run" in step]
    known = re.compile(r"(make [a-z-]+|deploy/pipeline/[\w-]+\.sh|python3 -m tools\.ecs|docker build|sudo apt-get update)\b")
    assert all("\n" not in command and known.match(command) and "${{" not in command for command in commands)
    assert all((ROOT / path).exists() for path in re.findall(r"deploy/pipeline/[\w-]+\.sh", " ".join(commands)))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.stem)
def test_no_workflow_has_more_rights_than_it_says_and_no_job_is_without_end(file: Path) -> None:
    assert workflow(file)["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in workflow(file)["jobs"].values() if "steps" in job)
    assert not re.search(r"\{\{[^}]*\bsecrets\.", file.read_text()), "roles are taken on by OIDC: there is nothing to steal"


def test_production_comes_after_staging_and_both_after_tests_and_scans() -> None:
    jobs = workflow(ROOT / ".github/workflows/release.yml")["jobs"]
    assert set(jobs["build"]["needs"]) == {"test", "scan"}
    assert jobs["staging"]["needs"] == "build"
    assert set(jobs["production"]["needs"]) == {"build", "staging"}
    assert jobs["production"]["with"]["image"] == jobs["staging"]["with"]["image"], "the very image that staging ran"


def test_tests_run_on_both_databases_and_the_scans_that_need_the_internet_are_called() -> None:
    matrix = workflow(ROOT / ".github/workflows/test.yml")["jobs"]["suite"]["strategy"]["matrix"]["include"]
    assert [bool(each["postgres"]) for each in matrix] == [False, True]
    commands = [str(step.get("run", "")) for step in steps(ROOT / ".github/workflows/scan.yml")]
    assert {"make scan", "make scan-dependencies"} <= set(commands)
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"pip-audit --strict --require-hashes .*requirements/run\.txt", makefile)


def test_whatever_a_change_must_pass_on_a_developers_machine_it_must_pass_on_github_and_the_image_must_run() -> None:
    """.ci/run builds no image, which takes minutes; on GitHub nothing is released that was not started and used."""
    makefile, ci = (ROOT / "Makefile").read_text(), (ROOT / ".ci/run").read_text()
    before = {name: set(needed.split()) for name, needed in re.findall(r"(?m)^([a-z-]+): ([a-z -]*)(?: ##.*)?$", makefile)}
    done = [step for name in ("test", "scan") for step in steps(ROOT / f".github/workflows/{name}.yml")]
    there = {str(step.get("run", "")).removeprefix("make ") for step in done}
    there |= {each for name in there for each in before.get(name, ())}
    wanted = set(re.findall(r'(?m)^(?:attempt "[^"]*"|   ) make ([a-z-]+)', ci)) | {"test-image"}
    assert len(wanted) > 6
    assert wanted - there == set()


def test_a_forks_pull_request_gets_no_preview() -> None:
    jobs = workflow(ROOT / ".github/workflows/preview.yml")["jobs"]
    assert all("head.repo.full_name == github.repository" in job["if"] for job in jobs.values())
    assert "closed" in workflow(ROOT / ".github/workflows/preview.yml")[True]["pull_request"]["types"]


def test_the_roles_that_workflows_take_on_are_made_by_terraform() -> None:
    asked = {name for file in WORKFLOWS for name in re.findall(r"vars\.AWS_(\w+)_ROLE", file.read_text())}
    roles = (ROOT / "deploy/aws/terraform/modules/pipeline/roles.tf").read_text()
    assert {name.lower() for name in asked} == set(re.findall(r'(?m)^ +(\w+)\s+= "repo:', roles))
    assert json.dumps(sorted(asked)) == '["BUILD", "DEPLOY", "PREVIEW"]'


def runs_that_skip_nothing() -> dict[str, str]:
    """Of each run with REQUIRE_ALL=1: what it installs, and on what machine."""
    suite = workflow(ROOT / ".github/workflows/test.yml")["jobs"]["suite"]
    [installs] = [str(step["run"]) for step in suite["steps"] if "apt-get install" in str(step.get("run"))]
    [programs] = re.findall(r"(?m)^for program in (.*); do", (ROOT / ".ci/run").read_text())
    return {"test.yml": installs, ".ci/run": programs}


@pytest.mark.parametrize("run", ["test.yml", ".ci/run"])
def test_a_run_that_may_skip_nothing_installs_whatever_a_test_may_need(run: str) -> None:
    """Where it does not, each test that needs the absent one fails, and no change passes ever again."""
    installed = set(runs_that_skip_nothing()[run].split())
    # GitHub's machine comes with Chrome, and Ubuntu has no Chromium but as a snap.
    there = {"chromium-headless-shell"} if run == "test.yml" and "google-chrome" in CHROMIUM_NAMES else set()
    assert {need.package for need in NEEDS.values() if need.package} - installed - there == set()


def test_a_run_that_may_skip_nothing_has_both_servers() -> None:
    suite = workflow(ROOT / ".github/workflows/test.yml")["jobs"]["suite"]
    for each in suite["strategy"]["matrix"]["include"]:
        assert each["everything"] == ("1" if each["postgres"] and each["redis"] else "0")
    assert {name for name, service in suite["services"].items() if service["ports"]} == {"postgres", "redis"}
