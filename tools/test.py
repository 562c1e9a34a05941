"""`make test`: the whole suite on SQLite, beside it on PostgreSQL and Redis where they are, and a plain word about what was left out.

`make test` leaves to `make test-all` the tests marked slow, and the rules of the trade on PostgreSQL (decision 0172). With REQUIRE_ALL=1
nothing may be left out. Arguments are handed to pytest; a selection runs whole.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tools import services

ROOT = Path(__file__).resolve().parents[1]
CLOSING_LINE = re.compile(r"^=+ (.*\b(?:passed|failed|error|errors|skipped|deselected|no tests ran)\b.* in .*) =+$")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NO_TESTS = 5
PROCESSORS = os.cpu_count() or 1
# The shell's own databases are never the tests' business.
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "TEST_LATER", "TEST_AGAIN", "TEST_SKIPS_FILE", "TEST_WITHOUT_SLOW")


class Round(NamedTuple):
    name: str
    environment: dict[str, str]
    # What the other round has and this one has not.
    later: tuple[str, ...] = ()


class Outcome(NamedTuple):
    name: str
    returncode: int
    closing: str
    skips: Counter[str]


def rounds(postgresql: str | None, redis: str | None) -> list[Round]:
    there = {"postgresql": postgresql, "redis": redis}
    later = tuple(name for name, url in there.items() if url)
    plan = [Round("SQLite", {}, later=later)]
    if later:
        database = {"DATABASE_URL": postgresql} if postgresql else {}
        cache = {"REDIS_URL": redis} if redis else {}
        name = f"{'PostgreSQL' if postgresql else 'SQLite'} with{'' if redis else 'out'} Redis"
        plan.append(Round(name, database | cache | {"TEST_AGAIN": "1"}))
    return plan


@contextmanager
def going(this: Round, arguments: list[str], workers: int, slow: bool) -> Iterator[Callable[[], Outcome]]:
    """One run of pytest, begun. What is returned waits for its end, shows what it writes, and says how it ended.

    What its tests put among the temporary files goes with it.
    """
    with tempfile.TemporaryDirectory(prefix="vanguard-test-", ignore_cleanup_errors=True) as folder:
        skips_file, output = Path(folder) / "skips.json", Path(folder) / "output"
        environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        environment |= this.environment | {"TEST_LATER": " ".join(this.later), "TEST_SKIPS_FILE": str(skips_file), "TMPDIR": folder}
        environment["TEST_WITHOUT_SLOW"] = "0" if slow else "1"
        # A file stays on one worker: what it sets up once (the whole book, a browser) is set up once. Files go in their order.
        options = ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder", "--create-db"]
        with output.open("wb") as written:
            command = [sys.executable, "-m", "pytest", *options, *arguments]
            pytest = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=written)

        def ended() -> Outcome:
            print(f"\n--- Tests on {this.name}", flush=True)
            closing = _shown(output, pytest)
            skips = Counter(json.loads(skips_file.read_text())) if skips_file.exists() else Counter()
            return Outcome(this.name, pytest.wait(), closing, skips)

        try:
            yield ended
        finally:
            if pytest.poll() is None:
                pytest.terminate()
                pytest.wait()


def _shown(output: Path, pytest: subprocess.Popen[bytes]) -> str:
    """Prints what pytest writes, while it writes it; the closing line is returned."""
    closing, line, alive = "", "", True
    with output.open(errors="replace") as written:
        while alive:
            alive = pytest.poll() is None
            while text := written.readline():
                print(text, end="", flush=True)
                line += text  # perhaps a part only: the rest is not written yet
                if line.endswith("\n"):
                    found = CLOSING_LINE.match(COLOUR.sub("", line).rstrip())
                    closing, line = found[1] if found else closing, ""
            time.sleep(0.2 if alive else 0)
    return closing


def left_out(outcomes: list[Outcome], postgresql: str | None, redis: str | None) -> list[str]:
    """One sentence for each thing that was not tested, and what would change that."""
    said = []
    if not postgresql:
        said.append("The suite on PostgreSQL: start one on 127.0.0.1:5432 (user postgres, no password), or name one in TEST_DATABASE_URL.")
    if not redis:
        said.append("The suite with Redis: start one on 127.0.0.1:6379, or name one in TEST_REDIS_URL.")
    # A test that both rounds skipped was left out once.
    reasons: Counter[str] = Counter()
    for outcome in outcomes:
        reasons |= outcome.skips
    said += [f"{count} test{'s' * (count > 1)}: {reason}" for reason, count in reasons.most_common()]
    return said


def with_slow(arguments: list[str]) -> bool:
    """Whether the slow tests run too. A selection runs whole: it is somebody's who asks for it by name."""
    return bool(arguments) or "1" in (os.environ.get("TEST_ALL"), os.environ.get("REQUIRE_ALL"))


def main(arguments: list[str]) -> int:
    everything = os.environ.get("REQUIRE_ALL") == "1"
    postgresql, redis = services.postgresql_url(), services.redis_url()
    plan = rounds(postgresql, redis)
    # Side by side, so that no processor is idle while a round ends or a test waits; a round alone has one more worker instead.
    workers = max(2, PROCESSORS) if len(plan) > 1 else PROCESSORS + 1
    slow = with_slow(arguments)
    with ExitStack() as running:
        begun = [running.enter_context(going(this, arguments, workers, slow)) for this in plan]
        outcomes = [ended() for ended in begun]
    missing = left_out(outcomes, postgresql, redis)
    if missing:
        print("\nNot run:", *(f"  - {sentence}" for sentence in missing), sep="\n")
    print()
    for outcome in outcomes:
        print(f"{outcome.name}: {outcome.closing or f'pytest ended with {outcome.returncode}'}")
    if everything and missing:
        print("REQUIRE_ALL=1, and not everything was run.")
    # A selection (ARGS) may have nothing for one of the rounds; a whole round without a test is a fault.
    fine = {0, NO_TESTS} if arguments else {0}
    failed = any(outcome.returncode not in fine for outcome in outcomes)
    return 1 if failed or (everything and missing) else 0


if __name__ == "__main__":
    # Told to end, it ends the tests too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
