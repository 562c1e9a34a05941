"""Figures in words and tables: for the terminal, and for docs/performance.md, where a new run replaces the old one's tables."""

import json
import statistics
from collections.abc import Callable, Sequence
from typing import Any

from bench.options import RESULTS, ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
WORKLOADS = {
    "w1": "W1 one policy",
    "w2": "W2 page of 20 + total",
    "w3": "W3 create a claim",
    "w4": "W4 live",
    "w5": "W5 mix 80/15/5",
}


def median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def line(cell: dict[str, Any]) -> str:
    times = f"{cell['ours_times']:5.2f}" if cell["ours_times"] else "    –"
    return (
        f"{WORKLOADS[cell['workload']]:22} c={cell['connections']:<4}{cell['server']:9}{cell['rps']:9,.0f}/s  ours × {times}"
        f"  p50 {cell['p50_ms']:7.1f}  p99 {cell['p99_ms']:7.1f} ms  CPU {cell['app_us']:6,.0f} + {cell.get('pg_us', 0):5,.0f} µs"
        + (f"  ERRORS {cell['errors']:.0f}" if cell["errors"] else "")
    )


def table(result: dict[str, Any]) -> str:
    """The cells as Markdown: 32 connections in full, the others in short, then floors and memory."""
    parts = [_full(result), _others(result), _floors(result), _memory(result)]
    return "\n\n".join(part for part in parts if part)


def _full(result: dict[str, Any]) -> str:
    rows = [
        "| 32 connections | server | requests/s | ours is × | p50 ms | p99 ms | application µs | PostgreSQL µs | errors |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for cell in result["cells"]:
        if cell["connections"] == 32:
            times = "" if cell["server"] == "ours" or not cell["ours_times"] else f"{cell['ours_times']:.2f}"
            postgresql = f"{cell['pg_us']:,.0f}" if "pg_us" in cell else "–"
            named = f"| {WORKLOADS[cell['workload']]} | {cell['server']} | {cell['rps']:,.0f} | {times} "
            spent = f"| {cell['p50_ms']:.1f} | {cell['p99_ms']:.1f} | {cell['app_us']:,.0f} | {postgresql} | {cell['errors']:.0f} |"
            rows.append(named + spent)
    return "\n".join(rows)


def _others(result: dict[str, Any]) -> str:
    counts = sorted({cell["connections"] for cell in result["cells"]} - {32})
    if not counts:
        return ""
    names = list(dict.fromkeys(cell["server"] for cell in result["cells"] if cell["connections"] in counts))
    found = {(cell["workload"], cell["connections"], cell["server"]): cell for cell in result["cells"]}
    rows = [f"| requests/s (p99 ms, errors) | connections | {' | '.join(names)} |", f"| --- | ---: |{' ---: |' * len(names)}"]
    for workload in WORKLOADS:
        for connections in counts:
            shown = [_short(found.get((workload, connections, name))) for name in names]
            if any(shown):
                rows.append(f"| {WORKLOADS[workload]} | {connections} | {' | '.join(shown)} |")
    return "\n".join(rows)


def _short(cell: dict[str, Any] | None) -> str:
    return f"{cell['rps']:,.0f} ({cell['p99_ms']:.0f}, {cell['errors']:.0f})" if cell else ""


def _floors(result: dict[str, Any]) -> str:
    floors = result.get("floors") or {}
    if not floors:
        return ""
    rows = [
        "| floor, 32 connections | a second |",
        "| --- | ---: |",
        f"| a constant from raw ASGI on the same server | {floors['asgi']['rps']:,.0f} |",
    ]
    for name, rate in floors["pgbench"].items():
        rows.append(f"| pgbench, the statements of {WORKLOADS[name]} | {f'{rate:,.0f}' if rate else 'no pgbench here'} |")
    return "\n".join(rows)


def _memory(result: dict[str, Any]) -> str:
    if not result.get("memory"):
        return ""
    rows = ["| memory after the run | one worker, resident MB | all processes, shared pages once, MB |", "| --- | ---: | ---: |"]
    rows += [f"| {name} | {used['worker_mb']:.0f} | {used['together_mb']:.0f} |" for name, used in result["memory"].items()]
    return "\n".join(rows)


def surroundings(result: dict[str, Any]) -> str:
    """Two paragraphs: when, on what, how busy; and with which versions."""
    where, options, postgresql = result["machine"], result["options"], result["postgresql"]
    sentences = [
        f"{result['when']}, commit {result['commit']}.",
        f"{where['processor']}, {where['cores']} cores and {where['memory_gb']} GB for servers, database and load together.",
        f"PostgreSQL {postgresql['server_version']}, shared_buffers {postgresql['shared_buffers']},",
        f"synchronous_commit {postgresql['synchronous_commit']}.",
        f"Load average {result.get('load_before', ['?'])[0]} before and {result.get('load_after', ['?'])[0]} after.",
    ]
    if "cells" in result:
        sentences += [
            f"{options['repeats']} rounds of {options['seconds']} s, {options['workers']} workers each,",
            f"pools of {options['pool']} connections a worker,",
            f"{options['claims']:,} claims. The total of a list by {result['total_by']} on all sides.",
        ]
    ours = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    theirs = ", ".join(f"{name} {number}" for name, number in result["peer_versions"].items())
    return f"{' '.join(sentences)}\n\nOurs: {ours}." + (f" Peers: {theirs}." if "cells" in result else "")


def growth_table(result: dict[str, Any]) -> str:
    sizes = result["sizes"]
    rows = [
        f"| median ms | {' | '.join(f'{size:,} claims' for size in sizes)} | largest ÷ smallest |",
        f"| --- |{' ---: |' * (len(sizes) + 1)}",
    ]
    for name, values in result["medians"].items():
        rows.append(f"| {name} | {' | '.join(f'{value:.1f}' for value in values)} | {max(values) / min(values):.1f} |")
    return "\n".join(rows)


def admin_table(result: dict[str, Any]) -> str:
    sizes = list(result["pages"])
    rows = [
        f"| processor ms | {' | '.join(f'{int(size):,} claims: application | PostgreSQL | queries' for size in sizes)} |",
        f"| --- |{' ---: | ---: | ---: |' * len(sizes)}",
    ]
    for name in result["pages"][sizes[0]]:
        found = [result["pages"][size][name] for size in sizes]
        # Earlier runs, which stopped at the first page that was refused, have no status.
        refused = [f", refused with {each['status']}" if each.get("status", 200) != 200 else "" for each in found]
        cells = [f"{each['app_ms']:,.0f} | {each['pg_ms']:,.0f} | {each['queries']}{why}" for each, why in zip(found, refused, strict=True)]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


RENDERED: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "table": ("latest", table),
    "thin": ("thin", table),
    "growth": ("growth", growth_table),
    "admin": ("admin", admin_table),
}


def main() -> int:
    """Put the latest results between their marks in docs/performance.md."""
    text = DOCUMENT.read_text()
    for mark, (file, tables) in RENDERED.items():
        if (RESULTS / f"{file}.json").exists():
            result = json.loads((RESULTS / f"{file}.json").read_text())
            text = between(text, mark, f"{surroundings(result)}\n\n{tables(result)}")
    DOCUMENT.write_text(text)
    print("docs/performance.md has the latest results.")
    return 0


def between(text: str, mark: str, words: str) -> str:
    """The text with `words` in place of what stood between the marks. Raises ValueError where they are missing."""
    opening, closing = f"<!-- {mark} -->\n", f"\n<!-- /{mark} -->"
    start = text.index(opening) + len(opening)
    return text[:start] + words + text[text.index(closing, start - 1) :]
