"""Making, listing and removing previews."""

import os
import secrets
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.previews import portal, processes, stores
from tools.previews.commands import manage
from tools.previews.place import PORTAL_ADDRESS, Preview, everyone, free_ports, one_at_a_time
from tools.previews.template import template


def up(name: str) -> None:
    """A running preview of that name: a new one, or the one that is there, started again where it stands still."""
    began = time.monotonic()
    preview = Preview(name)
    processes.check_that_programs_are_there()
    stores.check_that_they_answer()
    with preview.alone():
        record = preview.record()
        if record.get("made"):
            if not processes.answers(preview, record["port"]):
                processes.stop(preview)
                portal.bring(preview)
                processes.start(preview, record["variables"], record["port"])
            print(_told(preview, record))
            return
        if record or any(preview.folder.iterdir()):
            print(f"{name} was left half made; it is made anew.")
            _empty(preview)
        record = _make(preview)
    print(record.pop("log_ins"))
    print(f"{_told(preview, record)}, made in {time.monotonic() - began:.0f} s. Remove it with `make preview-down NAME={name}`.")


def _make(preview: Preview) -> dict[str, Any]:
    source = template()
    with one_at_a_time("ports"):
        record: dict[str, Any] = {"port": free_ports(), "made": False}
        preview.write(record)
    stores.drop(preview.database)
    stores.create(preview.database, template=source.database)
    number = stores.claim_number(preview)
    keep = preview.folder / "var"
    _copy(source.folder, keep)
    portal.bring(preview)
    record |= {"redis": number, "variables": _variables(preview, record["port"], number, source.keys, keep)}
    preview.write(record)
    url = f"https://127.0.0.1:{record['port']}"
    log_ins = manage(record["variables"], "seed_demo", "--address", url)
    processes.start(preview, record["variables"], record["port"])
    record |= {"made": True, "since": datetime.now(UTC).isoformat(timespec="seconds")}
    preview.write(record)
    return record | {"log_ins": log_ins}


def _variables(preview: Preview, port: int, number: int, keys: dict[str, str], keep: Path) -> dict[str, str]:
    url = f"https://127.0.0.1:{port}"
    figures = preview.folder / "figures"
    figures.mkdir(exist_ok=True)
    return {
        "ENVIRONMENT": "preview",
        "DATABASE_URL": stores.database_url(preview.database),
        "REDIS_URL": stores.redis_url(number),
        "JWT_SECRET_KEY": secrets.token_urlsafe(48),
        **keys,
        "TRUSTED_PROXIES": "127.0.0.1",
        # By its number only: browsers would remember of `localhost` that it is to be reached over TLS, whatever the port.
        "TRUSTED_HOSTS": f"127.0.0.1,{PORTAL_ADDRESS}",
        "CORS_ORIGINS": url,
        "PUBLIC_URL": f"https://{PORTAL_ADDRESS}:{port}",
        "WORKBENCH_URL": url,
        "VAR_DIR": str(keep),
        "PROMETHEUS_MULTIPROC_DIR": str(figures),
        "PORT": str(port + 2),
        # Small, so that many fit beside each other: five previews ask PostgreSQL for 50 connections at most.
        "WEB_CONCURRENCY": os.environ.get("WEB_CONCURRENCY", "2"),
        "DATABASE_POOL_SIZE": "2",
        "DATABASE_POOL_OVERFLOW": "2",
    }


def _copy(source: Path, target: Path) -> None:
    """Static files are never written to: they are linked. Documents are the preview's own."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("keys.json", "static"), dirs_exist_ok=True)
    shutil.copytree(source / "static", target / "static", copy_function=os.link, dirs_exist_ok=True)


def down(name: str) -> None:
    """Nothing of it is left: processes, databases, files, and with them its ports. Whether it was whole does not matter."""
    preview = Preview(name)
    was_there = preview.folder.exists()
    with preview.alone():
        _empty(preview)
        preview.folder.rmdir()
    print(f"{name} is gone." if was_there else f"There was no {name}.")


def _empty(preview: Preview) -> None:
    processes.stop(preview)
    stores.drop(preview.database)
    stores.give_back_numbers(preview)
    for path in preview.folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def table() -> str:
    """All previews of this checkout, a line each."""
    sizes = stores.sizes()
    lines = []
    for preview in everyone():
        record = preview.record()
        if not record.get("made"):
            lines.append(f"  {preview.name:<20} half made: `make preview NAME={preview.name}` or `make preview-down NAME={preview.name}`")
            continue
        state = "running" if processes.answers(preview, record["port"]) else "stopped"
        size = sizes.get(preview.database, "no database")
        lines.append(f"  {_told(preview, record)}  {state}, {size}, Redis {record['redis']}, since {record['since']}")
    return "\n".join(lines) or "  There are none."


def _told(preview: Preview, record: dict[str, Any]) -> str:
    return f"{preview.name:<20} https://127.0.0.1:{record['port']}/admin/  portal https://{PORTAL_ADDRESS}:{record['port']}/"
