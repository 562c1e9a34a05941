"""Reading a JSON body strictly: what is not JSON is 400, another content type 415, and no number passes through a float."""

import json
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest
from ninja.params.models import Body, BodyModel, Query, QueryModel

from vanguard.errors import MalformedBody
from vanguard.http.errors import TooLarge, UnsupportedMediaType

# Longer whole numbers are no amount, count or year of ours; Python itself refuses to convert more than 4,300 digits.
LONGEST_WHOLE_NUMBER = 40
LARGEST_BODY = 1024 * 1024
# Each value that is wrong is named, which costs; commas in texts count too, and no text of ours has nearly so many.
MOST_VALUES = 10_000


def read_json(request: HttpRequest) -> Any:
    """The request's body as Python values; an absent body reads as an empty object.

    Raises TooLarge, also for more values than any operation asks for; UnsupportedMediaType for another content type; and MalformedBody for
    what is not JSON in UTF-8.
    """
    body = request.body
    if not body:
        return {}
    if len(body) > LARGEST_BODY:  # also when it came in chunks, with no length announced
        raise TooLarge("A JSON body may have 1 MiB.")
    if body.count(b",") > MOST_VALUES:
        raise TooLarge(f"A JSON body may have {MOST_VALUES:,} values.")
    if not _says_json(request.content_type or ""):
        raise UnsupportedMediaType("The body must be JSON: send Content-Type: application/json.")
    try:
        return json.loads(body.decode(), parse_float=_number, parse_int=_whole_number, parse_constant=_number)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise MalformedBody("The body is not JSON.") from None


def _says_json(content_type: str) -> bool:
    """No content type at all counts as JSON: then the body itself tells."""
    return content_type in ("", "application/json") or (content_type.startswith("application/") and content_type.endswith("+json"))


def _number(text: str) -> Decimal:
    """NaN and infinities too: they parse here and are refused at their field, where the caller learns which one it was."""
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what Decimal holds
        return Decimal("Infinity")


def _whole_number(text: str) -> int | Decimal:
    return int(text) if len(text) <= LONGEST_WHOLE_NUMBER else Decimal(text)


class _JsonBodyModel(BodyModel):
    @classmethod
    def get_request_data(cls, request: HttpRequest, api: Any, path_params: dict[str, Any]) -> dict[str, Any]:
        return {cls.__read_from_single_attr__: read_json(request)}


class _JsonBody(Body):  # type: ignore[misc]  # ninja's parameters are pydantic's final FieldInfo by design
    _model = _JsonBodyModel

    @classmethod
    def _param_source(cls) -> str:
        return "body"


class _StrictQueryModel(QueryModel):
    @classmethod
    def _map_data_paths(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Also what has no place of its own: beside its neighbours, where a model that forbids extras names it."""
        places: dict[str, tuple[str, ...]] = cls.__ninja_flatten_map__  # type: ignore[attr-defined]  # ninja sets it on each model
        mapped: dict[str, Any] = super()._map_data_paths(data)
        *beside, _ = next(iter(places.values()))
        for name in data.keys() - places.keys():
            cls._map_data_path(mapped, data[name], (*beside, name))
        return mapped


class _StrictQuery(Query):  # type: ignore[misc]  # as below
    _model = _StrictQueryModel

    @classmethod
    def _param_source(cls) -> str:
        return "query"


Model = TypeVar("Model")
# What an operation takes in its query string: `params: Asked[ListParams]`. Ninja's own Query drops what it does not know, and a filter
# that is misspelt would leave everything.
Asked = Annotated[Model, _StrictQuery(...)]
# An operation's JSON body: `body: Json[PolicyIn]`. Ninja's own Body reads amounts as floats.
Json = Annotated[Model, _JsonBody(...)]
