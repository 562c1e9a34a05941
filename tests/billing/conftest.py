"""A notice of non-payment comes with its letter, which goes into a folder of the test's own."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def letters(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "letters"
    return tmp_path / "letters"
