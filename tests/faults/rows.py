"""Fault → the script that makes it. docs/faults.md has the table for people."""

from collections.abc import Mapping
from typing import NamedTuple

HERE = "tests/faults"


class Row(NamedTuple):
    fault: str
    scripts: tuple[str, ...]
    variables: Mapping[str, str] = {}
    # Longer than any fault takes, and so only run where it is asked for.
    apart: bool = False


ROWS = {
    "R1": Row("a worker killed (-9)", (f"{HERE}/r01_worker_killed.py",)),
    "R2": Row("a fault at each point of every write; the client goes away", (f"{HERE}/r02_every_write.py",)),
    "R3": Row("a kill during an approval", (f"{HERE}/r03_killed_while_approving.py",)),
    "R4": Row("a deploy", (f"{HERE}/r04_reloads.py",)),
    "R5": Row("workers recycled", (f"{HERE}/r05_recycling.py",)),
    "R6": Row("PostgreSQL away for ten seconds", (f"{HERE}/r06_database_away.py",)),
    "R7": Row("PostgreSQL hangs", (f"{HERE}/r07_database_hangs.py",)),
    "R8": Row("failover", (f"{HERE}/r08_failover.py",)),
    "R9": Row("Redis stopped, and hung", (f"{HERE}/r09_redis_away.py",)),
    "R10": Row("the disk is full", (f"{HERE}/r10_disk_full.py",)),
    "R11": Row("clocks ten minutes off", (f"{HERE}/r11_clock_off.py",)),
    "R12": Row("two people at once", ("tests/claims/test_races.py",), {"RACES": "200"}),
    "R13": Row("the model of a claim's money", (f"{HERE}/r13_money_model.py",)),
    "R14": Row("failed serialisations and deadlocks", (f"{HERE}/r14_undone_by_the_database.py",)),
    "R15": Row("a thousand WebSockets", (f"{HERE}/r15_sockets.py",)),
    "R16": Row("a point in time, under load", (f"{HERE}/r16_point_in_time.py",)),
    "DRILL": Row("everything is lost but the backup and the keys", (f"{HERE}/drill.py",)),
    "FROZEN": Row("the primary freezes, its replica is promoted", (f"{HERE}/frozen_primary.py",)),
    "REPLICA": Row("no fault, and faults: reports and lists from a replica", (f"{HERE}/replica.py",)),
    "PGBOUNCER": Row("no fault: behind PgBouncer in transaction mode", (f"{HERE}/pgbouncer.py",)),
    "SOAK": Row("no fault: mixed work for a while, with workers that are replaced", (f"{HERE}/soak.py",), apart=True),
}
