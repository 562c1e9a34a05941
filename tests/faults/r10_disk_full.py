"""R10: the disk is full, under load: that of the database's tables, that of its write-ahead log, that of the uploads. Then room is made.

Each is a small file system of its own (tmpfs), filled to the last byte by a file that is taken away again.
"""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psycopg

from tests.faults import figure
from tests.faults.load import Load, counted, prepare, require_whole, writers
from tests.faults.parts import OWNER, Postgres, folder_of, until
from tests.live import LiveServer, live_server

WRITERS, MEGABYTES, FULL_SECONDS = 4, 400, 10.0
# One file system that is full; the API calls it 507 where it is the uploads', and 503 where the database does not take the write.
PDF = b"%PDF-1.7\n" + os.urandom(200_000) + b"\n%%EOF\n"


class Disk:
    """A file system of so many megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ballast = folder / "ballast"

    def fill(self) -> None:
        with self.ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(65_536)) > 0:  # others write meanwhile: how much room there is cannot be asked before
                pass

    def free(self) -> None:
        self.ballast.unlink()


@contextmanager
def small_disk() -> Iterator[Disk]:
    assert os.geteuid() == 0, "a file system of one's own is mounted by root"
    with folder_of(OWNER) as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0777", "tmpfs", str(folder)], check=True)
        try:
            yield Disk(folder)
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def moved(database: Postgres, disk: Disk, what: str) -> None:
    """A folder of the cluster on the disk."""
    database.stop()
    source = database.data / what
    there = disk.folder / source.name
    shutil.move(source, there)
    for path in [there, *there.rglob("*")]:
        shutil.chown(path, OWNER, OWNER)
    source.symlink_to(there)
    database.start()


def test_the_disk_of_the_tables(database: Postgres) -> None:
    with small_disk() as disk:
        moved(database, disk, "base")
        with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server:
            under_load("tables", server, database, disk)
        database.stop()


def test_the_disk_of_the_write_ahead_log(database: Postgres) -> None:
    with small_disk() as disk:
        moved(database, disk, "pg_wal")
        with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server:
            under_load("write-ahead log", server, database, disk)
        database.stop()


def under_load(name: str, server: LiveServer, database: Postgres, disk: Disk) -> None:
    load = prepare(server, database)
    with writers(load, WRITERS):
        until(lambda: load.count() > 30, "writes before the fault")
        disk.fill()
        hog(database, name)
        full = time.monotonic()
        time.sleep(FULL_SECONDS)
        alive = httpx.get(f"{server.url}/health/live", timeout=10).status_code
        disk.free()
        freed = time.monotonic()
        before, starts = load.count(), 0
        while load.count() <= before + WRITERS:
            # A log that cannot be written ends the server (PANIC); whoever made room starts it again.
            if database.process is not None and database.process.poll() is not None:
                database.start()
                starts += 1
            assert time.monotonic() - freed < 120, "no writes after there is room again"
            time.sleep(0.1)
        back = time.monotonic() - freed
        time.sleep(2)
    meanwhile = counted(load.between(full, freed))
    whole = require_whole(load, server, database)
    checked = database.run("pg_amcheck", "-h", "127.0.0.1", "-p", str(database.port), "-U", "postgres", "--install-missing", "vanguard")
    stood = "the server ended itself and was started again" if starts else "the server stood"
    figure("R10", f"{name}: {stood}; answers while it was full {meanwhile}; writes again {back:.1f} s after; {whole}; pg_amcheck holds")
    assert checked == ""
    assert alive == 200
    assert set(load.statuses()) <= {201, 503}
    assert meanwhile.get(503, 0) > 0
    require_clear(server)


def hog(database: Postgres, name: str) -> None:
    """What is left in files that are open already is used up too, by somebody else's writes, until the database refuses."""
    statement = "SELECT pg_logical_emit_message(false, 'hog', repeat('x', 1000000))" if name == "write-ahead log" else GROW
    try:
        with psycopg.connect(database.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS public.hog (words text)")
            connection.execute("ALTER TABLE public.hog ALTER words SET STORAGE EXTERNAL")
            for _ in range(4 * MEGABYTES):
                connection.execute(statement)
    except psycopg.OperationalError:
        return
    raise AssertionError(f"the disk of the {name} did not get full")


GROW = "INSERT INTO public.hog SELECT repeat('x', 100000) FROM generate_series(1, 10)"


def require_clear(server: LiveServer) -> None:
    """No answer was 500, and no line has a trace of where it failed."""
    lines = server.log_lines()
    assert [line for line in lines if line.get("status") == 500] == []
    assert [line for line in lines if line.get("logger") == "vanguard.http" and line.get("exception")] == []


def test_the_disk_of_the_uploads(database: Postgres) -> None:
    with small_disk() as disk:
        variables = {
            "WEB_CONCURRENCY": "2",
            "DATABASE_URL": database.url(),
            "DATABASE_POOL_SIZE": "4",
            "MEDIA_ROOT": str(disk.folder / "documents"),
        }
        with live_server(variables) as server:
            load = prepare(server, database)
            with writers(load, WRITERS):
                until(lambda: load.count() > 30, "writes before the fault")
                claim = next(iter(load.acknowledged.values()))
                assert upload(server, load, claim, "before") == 201
                disk.fill()
                full = time.monotonic()
                statuses = uploads_at_once(server, load, claim)
                refused = upload(server, load, claim, "again")
                filed = load.count()
                until(lambda: load.count() > filed + WRITERS, "filings go on meanwhile")
                left = [path for path in disk.folder.rglob("*") if path.is_file() and path != disk.ballast]
                freed = time.monotonic()
                disk.free()
                # The same request once more, under its key: what was refused was not kept.
                assert upload(server, load, claim, "again") == 201
            meanwhile = counted(load.between(full, freed))
            whole = require_whole(load, server, database)
            told = f"uploads: {len(statuses) + 1} refused with {sorted({*statuses, refused})}, nothing of them is left on the disk"
            figure("R10", f"{told}; filings meanwhile {meanwhile}; {whole}")
            assert {*statuses, refused} == {507}
            assert len(left) == 1
            assert set(meanwhile) == {201}
            require_clear(server)


def upload(server: LiveServer, load: Load, claim: str, key: str) -> int:
    headers = {"Authorization": f"Bearer {load.token}", "Idempotency-Key": f"upload-{key}"}
    files = {"file": ("report.pdf", PDF, "application/pdf")}
    return httpx.post(f"{server.url}/api/claims/{claim}/documents", files=files, headers=headers, timeout=30).status_code


def uploads_at_once(server: LiveServer, load: Load, claim: str) -> list[int]:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda n=n: statuses.append(upload(server, load, claim, f"full-{n}"))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses
