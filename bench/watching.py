"""`python -m bench watching`: what request lines, figures and traces cost a request, each left out or added in a process of its own.

Processor time of the application alone, as in bench/cost.py, but the mean of all rounds: spans are sent every two seconds, which the
calmest round would not show.
"""

import tempfile
from pathlib import Path

from bench.cost import measured
from bench.options import Options
from bench.rounds import ready
from bench.sink import tracing

# What is left out of the application (bench/inside.py), and of a hundred requests how many are traced.
VARIANTS = {
    "nothing is watched": ("lines,figures", 0),
    "request lines alone": ("figures", 0),
    "figures alone": ("lines", 0),
    "both, as it starts": ("", 0),
    "and 10 of 100 traced": ("", 10),
    "and all traced": ("", 100),
}


def main() -> int:
    """Fills a book, and prints a table a variant."""
    options = Options()
    with ready(options) as (made, load, total), tempfile.TemporaryDirectory() as folder:
        for name, (without, percent) in VARIANTS.items():
            with tracing(percent) as traced:
                more = {"BENCH_WITHOUT": without, "BENCH_MEAN": "1", **traced}
                print(f"{name}\n{measured('ours', made, load, options, Path(folder), total, more)}", flush=True)
    return 0
