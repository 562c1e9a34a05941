"""Base classes of what comes in and what goes out."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


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


class Out(BaseModel):
    """An object as it leaves. Optional fields that hold nothing are left out, as `phone?: string` says in TypeScript."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, from_attributes=True)

    @classmethod
    def of(cls, source: Any) -> Self:
        return cls.model_validate(source)

    def shown(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_none=True)
