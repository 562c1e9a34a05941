"""The long forms of the S rows: `make security` runs them, the suite does not collect them (their files are not called test_…).

    from tests.security.long import figure

    figure("S16", f"{len(pages)} addresses of the workbench sent from another site: {len(taken)} taken")

`figure` puts a row's figure where the runner reads it; without the runner it is printed.
"""

import json
import os
from pathlib import Path


def figure(row: str, words: str) -> None:
    """Keeps what was measured for `row`, in a sentence."""
    if kept := os.environ.get("SECURITY_FIGURES"):
        with Path(kept).open("a") as lines:
            lines.write(json.dumps([row, words]) + "\n")
    else:
        print(f"\n{row}: {words}")
