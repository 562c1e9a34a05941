"""Requirement 6.4, what can be seen at once: names, and what is said where something is missing. The rest is `make test-previews`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.test import override_settings

from tests import needs
from tests.delivery.servers import ROOT, free_port
from tests.own_redis import OwnRedis
from tools.previews import stores
from tools.previews.__main__ import main
from tools.previews.commands import environment
from tools.previews.place import Preview, PreviewError, one_at_a_time

pytestmark = [pytest.mark.slow, pytest.mark.once, needs.nginx]


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREVIEWS_DIR", str(tmp_path / "previews"))
    for name, scheme in (("PREVIEW_DATABASE_URL", "postgres://nobody@"), ("PREVIEW_REDIS_URL", "redis://")):
        monkeypatch.setenv(name, f"{scheme}127.0.0.1:{free_port()}/0")


@pytest.mark.parametrize("name", ["", "../x", "Claims", "1st", "a_b", "x-", "a" * 31, "x;rm", "x y"])
def test_a_name_that_could_be_anything_else_is_refused(name: str) -> None:
    with pytest.raises(PreviewError, match="NAME must be"):
        Preview(name)


@pytest.mark.parametrize("name", ["x", "claims-42", "a" * 30])
def test_names_that_branches_have_are_taken(name: str) -> None:
    preview = Preview(name)
    assert preview.folder.name == name
    # PostgreSQL cuts a longer name off without a word, and two previews would then share a database.
    assert len(preview.database) < 64


@pytest.mark.parametrize("command", [["up", "x"], ["down", "x"]])
def test_without_postgresql_one_sentence_says_what_to_start(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "needs PostgreSQL" in said
    assert "PREVIEW_DATABASE_URL" in said
    assert "Traceback" not in said


@needs.postgresql
def test_without_redis_one_sentence_says_what_to_start(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREVIEW_DATABASE_URL")
    assert main(["up", "x"]) == 1
    assert "PREVIEW_REDIS_URL" in capsys.readouterr().err


@needs.redis_server
def test_only_the_platforms_own_keys_go_with_a_preview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = OwnRedis(tmp_path)
    monkeypatch.setenv("PREVIEW_REDIS_URL", own.url)
    try:
        number = stores.claim_number(Preview("x"))
        caches = {"default": settings_cache(stores.redis_url(number))}
        with override_settings(CACHES=caches), redis.Redis.from_url(stores.redis_url(number)) as client:
            cache.set("something", 1)
            client.mset({f"vanguard:rate:{each}": 1 for each in range(1200)} | {"session:of-somebody": "theirs"})
            stores.give_back_numbers(Preview("other"))
            assert client.dbsize() == 1203, "another's mark, another's keys"
            stores.give_back_numbers(Preview("x"))
            assert client.keys() == [b"session:of-somebody"]
    finally:
        own.stop()
    assert f"Keys in Redis {number} that are not x's, and were left there: 1." in capsys.readouterr().out


def settings_cache(url: str) -> dict[str, Any]:
    """The cache as config.settings has it with REDIS_URL."""
    written = subprocess.run(
        [sys.executable, "-c", "import json, config.settings as made; print(json.dumps(made.CACHES['default']))"],
        env={**os.environ, "ENVIRONMENT": "test", "REDIS_URL": url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return dict(json.loads(written))


def test_what_this_shell_is_set_up_for_reaches_no_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://production/vanguard")
    monkeypatch.setenv("SENTRY_DSN", "https://somewhere")
    assert not {"DATABASE_URL", "SENTRY_DSN"} & set(environment({}))


def test_one_that_is_being_made_is_not_removed_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    with Preview("x").alone():
        assert main(["down", "x"]) == 1
    assert "is being made or removed right now" in capsys.readouterr().err


def test_folders_that_are_no_previews_are_not_listed() -> None:
    from tools.previews.place import everyone

    with one_at_a_time("ports"):
        assert everyone() == []
