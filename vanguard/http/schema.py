"""Base classes of what comes in and what goes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Self, TypeVar

from django.db.models import Model
from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

# Stands for a field that was not sent. Nobody reads it: `sent` and `whole` leave such fields out.
NOT_SENT: Any = None


class In(BaseModel):
    """A request's body. Names are camelCase only, and an unknown one is refused rather than ignored."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_alias=True, validate_by_name=False, extra="forbid", frozen=True)

    # What a PUT may leave out without emptying it: fields that a command changes, and those that never come out.
    only_when_sent: ClassVar[frozenset[str]] = frozenset()

    def sent(self) -> dict[str, Any]:
        """Only what the caller sent."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}

    def whole(self) -> dict[str, Any]:
        """Every editable field, sent or not."""
        names = (name for name in type(self).model_fields if name in self.model_fields_set or name not in self.only_when_sent)
        return {name: getattr(self, name) for name in names}


class Params(BaseModel):
    """What is asked in a query string. An unknown name is refused: a filter that is misspelt would leave everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _none_when_empty(value: Any) -> Any:
    return None if value == "" else value


Value = TypeVar("Value")
# What an answer leaves out when it holds nothing: in the schema it is optional, and never null.
Maybe = Annotated[Value | SkipJsonSchema[None], BeforeValidator(_none_when_empty)]
Amount = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class Out(BaseModel):
    """An object as it leaves. Optional fields that hold nothing are left out, as `phone?: string` says in TypeScript."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, from_attributes=True)

    # Fields that follow from the record as it stands at this moment, and are not just the column's value.
    derived: ClassVar[Mapping[str, Callable[[Any], Any]]] = MappingProxyType({})

    @classmethod
    def of(cls, source: Any) -> Self:
        return cls.model_validate(source).model_copy(update={name: derive(source) for name, derive in cls.derived.items()})

    def shown(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_none=True)


@dataclass(frozen=True, slots=True)
class Shaper:
    """Makes of a record what leaves. `fields` is all that it looks at; empty where it may look at anything."""

    shape: Callable[[Any], dict[str, Any]]
    fields: tuple[str, ...]

    @classmethod
    def of(cls, show: Callable[[Any], Out], model: type[Model]) -> "Shaper":
        """Where `show` is a schema's own `of` and its fields are columns, without the detour over the schema's validation.

        What comes from our own columns has the columns' types; tests hold both ways to the same bytes.
        """
        schema = getattr(show, "__self__", None)
        plain = getattr(show, "__func__", None) is Out.of.__func__ and isinstance(schema, type)  # type: ignore[attr-defined]
        if plain and (direct := _direct(schema, model)):
            return direct
        return cls(lambda record: show(record).shown(), ())


@cache
def _direct(schema: type[Out], model: type[Model]) -> Shaper | None:
    fields = schema.model_fields
    if not {field.attname for field in model._meta.concrete_fields}.issuperset(fields):
        return None
    derived = [(str(fields[name].serialization_alias), derive, not fields[name].is_required()) for name, derive in schema.derived.items()]
    parts = [(name, str(field.serialization_alias), not field.is_required()) for name, field in fields.items()]

    def shape(record: Any) -> dict[str, Any]:
        values = ((alias, getattr(record, name), optional) for name, alias, optional in parts)
        shown = {alias: value for alias, value, optional in values if value is not None and not (optional and value == "")}
        for alias, derive, optional in derived:
            if (value := derive(record)) is None and optional:
                shown.pop(alias, None)
            else:
                shown[alias] = value
        return shown

    return Shaper(shape, tuple(fields))
