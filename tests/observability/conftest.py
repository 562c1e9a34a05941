"""Some figures and reports are made by what surrounds a request, so they are looked at through the same small views."""

from tests.web.conftest import visitor

__all__ = ["visitor"]
