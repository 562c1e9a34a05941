"""The chapters on AWS and Railway, followed on paper: each path, variable, output and option that they name is there (requirement 9)."""

import ast
import json
import os
import re
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from tests.delivery.servers import ROOT
from tests.delivery.test_configuration import variables_documented, variables_read

pytestmark = pytest.mark.once
AWS = ROOT / "docs" / "aws.md"
DEPLOYING = ROOT / "docs" / "deploying.md"
CHAPTERS = [ROOT / "README.md", DEPLOYING, AWS]
TERRAFORM = ROOT / "deploy" / "aws" / "terraform"
# Said of Railway, and read by Railway.
OF_RAILWAY = {"RAILWAY_RUN_UID"}
SECRETS = ("JWT_SECRET_KEY", "ENCRYPTION_KEY", "ENCRYPTION_SALT")


# Commands


def commands(document: Path) -> Iterator[tuple[Path, str]]:
    """Each line of the shell that a chapter tells to run, and the folder that the lines before it led to."""
    here = ROOT
    for block in re.findall(r"(?ms)^ *```sh\n(.*?)^ *```", document.read_text()):
        for line in block.replace("\\\n", " ").splitlines():
            for command in line.partition("  #")[0].split("&&"):
                words = command.split()
                if words[:1] == ["cd"]:
                    here = (here / words[1]).resolve()
                elif words:
                    yield here, command.strip()
        # A chapter's steps follow each other; the ways back begin anew, in the checkout.
        here = here if document == AWS and "cd " in block else ROOT


def declared(kind: str, folder: Path) -> set[str]:
    return {name for file in folder.glob("*.tf") for name in re.findall(rf'(?m)^{kind} "(\w+)"', file.read_text())}


def of(document: Path, program: str) -> list[tuple[Path, str]]:
    found = [(here, command) for here, command in commands(document) if re.search(rf"\b{program} ", command)]
    assert found, f"{document.name} has no command of {program}: is this test still reading it?"
    return found


def test_every_folder_that_is_gone_to_and_every_file_that_is_run_is_there() -> None:
    for document in CHAPTERS:
        for here, command in commands(document):
            assert here.is_dir(), command
            named = re.findall(r"(?<![\w/$.-])((?:deploy|tools|environments|\.github)/[\w./-]+)", command)
            assert not [path for path in named if not (here / path).exists()], f"{command} in {here}"


def test_every_program_of_ours_that_is_run_can_be() -> None:
    told = [word for document in CHAPTERS for word in re.findall(r"`?(deploy/[\w/-]+\.sh)", document.read_text())]
    assert len(set(told)) >= 3
    assert not [path for path in told if not os.access(ROOT / path, os.X_OK)]


def test_what_terraform_is_given_and_asked_for_is_declared() -> None:
    for here, command in of(AWS, "terraform"):
        folder = here / chdir[1] if (chdir := re.search(r"-chdir=(\S+)", command)) else here
        assert set(re.findall(r"-var (\w+)=", command)) <= declared("variable", folder), command
        assert set(re.findall(r"-target=module\.(\w+)", command)) <= declared("module", folder), command
        assert set(re.findall(r"output -raw (\w+)", command)) <= declared("output", folder), command
        files = re.findall(r"-(?:var-file|backend-config)=(\S+)", command)
        assert not [file for file in files if not (folder / file).exists()], command


def test_the_states_bucket_is_made_with_all_that_its_folder_asks() -> None:
    [command] = [command for here, command in of(AWS, "terraform") if here.name == "state" and "apply" in command]
    text = "".join(file.read_text() for file in (TERRAFORM / "state").glob("*.tf"))
    asked = {name for name, body in re.findall(r'(?ms)^variable "(\w+)" \{(.*?)^\}', text) if "default" not in body}
    assert asked <= set(re.findall(r"-var (\w+)=", command))


@pytest.mark.slow
def test_our_own_command_line_takes_what_it_is_told() -> None:
    """`python3 -m tools.ecs …`, parsed by itself: a command or an option that it no longer has ends with 2."""
    told = {line for document in CHAPTERS for line in re.findall(r"python3 -m (tools\.ecs [^`\n]+)", document.read_text())}
    assert {line.split()[1] for line in told} >= {"manage", "deploy"}
    main = (ROOT / "tools" / "ecs" / "__main__.py").read_text()
    for line in told:
        words = shlex.split(re.sub(r"\$\([^)]*\)", "x", line))
        assert f'add_parser("{words[1]}"' in main, line
        if words[1] == "manage":  # what follows the command of manage.py is that one's
            words = words[:2] + list(takewhile(lambda word: word.startswith("--"), words[2:]))
        for option in (word for word in words if word.startswith("--")):
            assert f'"{option}"' in main, line


# Names


def test_every_secret_that_is_to_be_set_or_kept_is_made_by_terraform() -> None:
    made = (TERRAFORM / "modules" / "data" / "secrets.tf").read_text()
    told = set(re.findall(r"--secret-id vanguardai/([\w-]+)", AWS.read_text())) | {
        "encryption-key",
        "encryption-salt",
        "application-database-url",
    }
    assert {"email-url", "sentry-dsn"} <= told
    assert not [name for name in told if not re.search(rf'"{name}"|\b{name} += ', made)]


def test_every_variable_at_github_is_used_and_every_one_that_is_used_is_told() -> None:
    used = {name for file in (ROOT / ".github").rglob("*.y*ml") for name in re.findall(r"\bvars\.(\w+)", file.read_text())}
    rows = re.search(r"(?ms)\| variable \| of \| value \|(.*?)\n\n", AWS.read_text())
    assert rows is not None
    assert set(re.findall(r"`([A-Z][A-Z_]+)`", rows[1])) == used
    roles = (TERRAFORM / "modules" / "pipeline" / "roles.tf").read_text()
    told = set(re.findall(r"roles\.(\w+)", rows[1]))
    assert {"build", "deploy", "preview"} == told
    assert not [name for name in told if not re.search(rf'\b{name} += |"{name}"', roles)]
    assert set(re.findall(r"`(image_repository)`", rows[1])) <= declared("output", TERRAFORM)


def sizes() -> set[str]:
    text = re.search(r'(?ms)^variable "size" \{(.*?)^\}', (TERRAFORM / "variables.tf").read_text())
    assert text is not None
    return set(re.findall(r"(?m)^    (\w+) +=", text[1]))


def test_every_word_of_the_table_on_scaling_is_a_size_or_stands_in_the_files() -> None:
    scaling = AWS.read_text().partition("## Scaling")[2].partition("##")[0]
    told = {word for row in re.findall(r"(?m)^\| [^|]+\| ([^|]+)\|", scaling) for word in re.findall(r"`(\w+)`", row)}
    definition = json.loads((ROOT / "deploy" / "aws" / "task-definition.json").read_text())
    firewall = (TERRAFORM / "modules" / "edge" / "firewall.tf").read_text()
    assert {"tasks", "database_class", "replica_class"} <= told
    assert not [word for word in told - sizes() - set(definition) if not re.search(rf"(?m)^  {word} +=", firewall)]


def test_each_environment_gives_sizes_that_are_asked_for() -> None:
    for file in (TERRAFORM / "environments").glob("*.tfvars"):
        given = re.search(r"(?ms)^size = \{(.*?)^\}", file.read_text())
        assert given is not None
        # `replica_class` is an option, off unless it is named.
        assert sizes() - {"replica_class"} <= set(re.findall(r"(?m)^  (\w+) +=", given[1])) <= sizes()


@pytest.mark.slow
def test_every_variable_that_the_chapters_name_is_the_platforms() -> None:
    """A word in capitals with an underscore, in code."""
    known = variables_documented() | variables_read() | OF_RAILWAY | makes_and_tools() | at_github()
    for document in CHAPTERS:
        spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)```.*?```", "", document.read_text()))
        named = {word for span in spans for word in re.findall(r"(?<![\w{.])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b", span)}
        assert named - known == set(), document.name


def makes_and_tools() -> set[str]:
    """Read by make, by our scripts, tools and tests."""
    places = [ROOT / "Makefile", *(ROOT / "tools").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "deploy").rglob("*.sh")]
    return {word for file in places for word in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", _read_by(file))}


def _read_by(file: Path) -> str:
    """Of a program's text only what reads the environment, so that a name in a message does not count."""
    text = file.read_text()
    if file.suffix != ".py":
        return text
    tree = ast.parse(text)
    words = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    names = [
        target.id for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)
    ]
    return " ".join([*(word for word in words if re.fullmatch(r"[A-Z0-9_]+", word)), *names])


def at_github() -> set[str]:
    return {name for file in (ROOT / ".github").rglob("*.y*ml") for name in re.findall(r"\bvars\.(\w+)", file.read_text())}


# Railway


def raw_editor() -> dict[str, str]:
    """What step 3 has one paste into Railway."""
    block = re.search(r"(?ms)\*\*Variables\*\*.*?```\n(.*?)```", DEPLOYING.read_text())
    assert block is not None
    return dict(line.strip().split("=", 1) for line in block[1].splitlines() if line.strip())


def started_as_told(folder: Path, **others: str) -> "subprocess.CompletedProcess[str]":
    """The deployment check with Railway's variables, as its start command sets the rest."""
    own = {name: secrets.token_urlsafe(48) for name in SECRETS}
    on_railway = {
        "DATABASE_URL": "postgres://u:p@postgres.railway.internal:5432/railway",
        "REDIS_URL": "redis://redis.railway.internal:6379",
    }
    deploy = json.loads((ROOT / "railway.json").read_text())["environments"]["production"]["deploy"]["startCommand"]
    command = dict(word.split("=", 1) for word in shlex.split(deploy) if "=" in word)
    given = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder)} | raw_editor() | on_railway | own | command | others
    checked = [sys.executable, "manage.py", "check", "--deploy"]
    return subprocess.run(checked, cwd=ROOT, env=given, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_variables_that_are_pasted_are_all_read_and_production_starts_with_them(tmp_path: Path) -> None:
    assert set(raw_editor()) <= variables_read()
    assert {"DATABASE_URL", "REDIS_URL", *SECRETS, "TRUSTED_PROXIES", "PUBLIC_URL"} <= set(raw_editor())
    done = started_as_told(tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", SECRETS)
def test_one_that_is_left_at_the_dots_stops_the_start_and_is_named(tmp_path: Path, name: str) -> None:
    done = started_as_told(tmp_path, **{name: raw_editor()[name]})
    assert done.returncode != 0
    assert name in done.stderr


def test_the_volume_is_mounted_where_the_image_keeps_documents_and_its_user_is_told() -> None:
    text = DEPLOYING.read_text()
    keeps = re.search(r"VAR_DIR=(\S+)", (ROOT / "Dockerfile").read_text())
    assert keeps is not None
    assert f"*Attach Volume* at `{keeps[1]}`" in text
    assert "RAILWAY_RUN_UID=0" in text
    assert "RAILWAY_RUN_UID=0" in (ROOT / "vanguard" / "checks.py").read_text()


def test_the_container_is_started_by_hand_as_the_image_wants() -> None:
    """Folders, user and port of the documented `docker run` are the Dockerfile's."""
    [run] = [command for _, command in of(DEPLOYING, "docker") if "--read-only" in command]
    image = (ROOT / "Dockerfile").read_text()
    variables = dict(re.findall(r"\b(PORT|VAR_DIR|PROMETHEUS_MULTIPROC_DIR)=(\S+)", image))
    uid = re.search(r"--uid (\d+)", image)
    assert uid is not None
    assert f"--tmpfs {variables['PROMETHEUS_MULTIPROC_DIR']}:uid={uid[1]},gid={uid[1]},mode=0700" in run
    assert f":{variables['VAR_DIR']} " in run
    assert f":{variables['PORT']} " in run


def test_what_the_railway_chapter_says_of_the_file_is_in_the_file() -> None:
    railway = json.loads((ROOT / "railway.json").read_text())
    chapter = DEPLOYING.read_text().partition("## Railway")[2].partition("\n## ")[0]
    assert f"waits for `{railway['deploy']['healthcheckPath']}` ({railway['deploy']['healthcheckTimeout']} s)" in chapter
    assert "seed_demo" in str(railway["environments"]["pr"])
    assert set(re.findall(r"python -m (config\.\w+)", chapter)) == {"config.together"}
    assert all((ROOT / f"{name.replace('.', '/')}.py").exists() for name in re.findall(r"python -m (config\.\w+)", chapter))
