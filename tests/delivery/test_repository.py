"""What is checked in: nothing of one machine, and documents whose commands and links are real."""

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.delivery.servers import ROOT

pytestmark = pytest.mark.once
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Written apart, so that this file is not its own finding.
OF_ONE_MACHINE = ["/" + "work/", "/" + "root/", "/" + "home/", "/" + "opt/", "../" + "shared"]
OF_THE_IMAGE = "/" + "opt/venv"
REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "registry.yarnpkg" + ".com", "deb.debian" + ".org"]


def tracked_texts() -> list[tuple[Path, str]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    texts = []
    for name in filter(None, listed.split("\0")):
        file = ROOT / name
        if file.is_file() and b"\0" not in (content := file.read_bytes()):
            texts.append((file, content.decode()))
    return texts


def test_no_file_names_a_path_of_one_machine_or_a_registrys_address() -> None:
    found = [
        (str(file.relative_to(ROOT)), word)
        for file, text in tracked_texts()
        for word in [*OF_ONE_MACHINE, *REGISTRIES]
        if word in text.replace(OF_THE_IMAGE, "")
    ]
    assert found == []


def test_what_a_running_platform_keeps_is_not_checked_in() -> None:
    names = [str(file.relative_to(ROOT)) for file, _ in tracked_texts()]
    assert not [name for name in names if name.startswith(("var/", ".venv/", "node_modules/")) or name.endswith((".sqlite3", ".env"))]


@pytest.mark.parametrize("lock", ["run", "dev", "uv", "delivery"])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    packages = re.findall(r"(?m)^[a-z0-9][\w.\[\]-]*==.*(?:\n .*)*", text)
    assert packages
    assert not [package for package in packages if "--hash=sha256:" not in package]


def test_what_runs_in_production_is_what_was_tested() -> None:
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"(?m)^([a-z0-9][\w.\[\]-]*==\S+)", (ROOT / "requirements" / f"{lock}.txt").read_text()))

    assert pins("run") <= pins("dev")


def targets() -> set[str]:
    return set(re.findall(r"(?m)^([a-z][a-z-]*):", (ROOT / "Makefile").read_text()))


def test_make_help_tells_every_target() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"(?m)^  make ([a-z-]+)", told)) == targets()


@pytest.mark.parametrize("target", ["help", "setup", "run", "test", "lint", "types", "lock", "clean"])
def test_a_target_that_people_expect_is_there(target: str) -> None:
    assert target in targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_links_of_a_document_are_real(document: Path) -> None:
    text = document.read_text()
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)\b(?= |`|$|\n)", " ".join(code_of(text)))) <= targets()
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    assert not [link for link in links if not (document.parent / link).exists()]
    named = re.findall(r"`((?:config|vanguard|claims|policies|customers|tests|tools|docs|data|libs)/[\w./-]+)`", text)
    assert not [path for path in named if not (ROOT / path).exists()]


def code_of(text: str) -> list[str]:
    """Fenced blocks and spans of code: prose may say "make sure"."""
    return re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL) + re.findall(r"`([^`\n]+)`", text)


def test_the_readme_begins_with_the_two_commands() -> None:
    first_block = code_of((ROOT / "README.md").read_text())[0]
    assert [line.split("#")[0].strip() for line in first_block.strip().splitlines()] == ["make run", "make test"]
