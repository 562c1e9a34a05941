"""The browser of the tests: the machine's own Chromium, drawing as little as it can."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from tests import needs

# Nobody looks, and there is no graphics card: drawing in software is a quarter of the work of a page.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-gpu-compositing", "--disable-software-rasterizer", "--disable-dev-shm-usage"]

# What a page shows comes late on a busy machine; nothing waits longer than it must.
PATIENCE_MS = 60_000


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Until the block ends; `more` are arguments of its own."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needs.chromium_path(), args=[*ARGUMENTS, *more])
        yield browser
        browser.close()
