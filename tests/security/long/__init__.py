"""The long forms of the S rows: `make security` runs them, the suite does not collect them (their files are not called test_…).

    from tests.security.long import figure

    figure("S16", f"{len(pages)} addresses of the workbench sent from another site: {len(taken)} taken")

`figure` puts a row's figure where the runner reads it; without the runner it is printed.
"""

from tests.proving import keep

FIGURES = "SECURITY_FIGURES"


def figure(row: str, words: str) -> None:
    """Keeps what was measured for `row`, in a sentence."""
    keep(FIGURES, row, words)
