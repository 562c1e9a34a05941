"""What a run of the bench may be told, from the environment (`make bench BENCH_SECONDS=1`). docs/performance.md lists it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / "bench"
RESULTS = BENCH / "results"


def _text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def _words(name: str, default: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in _text(name, default).split(",") if word.strip())


def _numbers(name: str, default: str) -> tuple[int, ...]:
    return tuple(int(word.replace("_", "")) for word in _words(name, default))


@dataclass(frozen=True)
class Options:
    """One run. Everything is bounded: `minutes` ends a run that would take longer, between two measurements."""

    seconds: int = field(default_factory=lambda: int(_text("BENCH_SECONDS", "3")))
    repeats: int = field(default_factory=lambda: int(_text("BENCH_REPEATS", "5")))
    minutes: float = field(default_factory=lambda: float(_text("BENCH_MINUTES", "45")))
    workloads: tuple[str, ...] = field(default_factory=lambda: _words("BENCH_WORKLOADS", "w1,w2,w3,w4,w5"))
    connections: tuple[int, ...] = field(default_factory=lambda: _numbers("BENCH_CONNECTIONS", "1,32,128"))
    servers: tuple[str, ...] = field(default_factory=lambda: _words("BENCH_SERVERS", "ours,peer-a,peer-b"))
    claims: int = field(default_factory=lambda: int(_text("BENCH_CLAIMS", "100000")))
    sizes: tuple[int, ...] = field(default_factory=lambda: _numbers("BENCH_SIZES", "10000,100000,1000000"))
    pages: int = field(default_factory=lambda: int(_text("BENCH_PAGES", "50")))
    workers: int = field(default_factory=lambda: int(_text("BENCH_WORKERS", "2")))
    pool: int = field(default_factory=lambda: int(_text("BENCH_POOL", "10")))
    # Of a hundred requests to ours, so many are traced.
    traces: int = field(default_factory=lambda: int(_text("BENCH_TRACES", "0")))
    # Peers whose filing leaves the notice alone behind (BENCH_THIN_PEERS), and not all that ours leaves.
    thin: bool = field(default_factory=lambda: _text("BENCH_THIN_PEERS", "0") == "1")
    suffix: str = field(default_factory=lambda: _text("BENCH_SUFFIX", ""))
    keep: bool = field(default_factory=lambda: _text("BENCH_KEEP", "0") == "1")
    peer_venv: Path = field(default_factory=lambda: Path(_text("BENCH_PEER_VENV", str(BENCH / ".venv"))))

    @property
    def policies(self) -> int:
        return 2 * self.claims

    @property
    def customers(self) -> int:
        return self.claims
