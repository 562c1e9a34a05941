from collections.abc import Iterator

import pytest

from tests.delivery.cloud import bench


@pytest.fixture(scope="session", autouse=True)
def _tools() -> None:
    """Nothing is skipped here: what is missing is a failure."""
    assert (bench.TOOLS / "python").exists(), "Run `make delivery`: it sets .venv-delivery up."


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with bench.cloud(tmp_path_factory.mktemp("aws")) as environment:
        yield environment
