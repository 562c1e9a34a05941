"""S3: mass assignment. Every field of every model, sent to every operation and form that does not ask for it, changes nothing."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db.models import Model
from pydantic.alias_generators import to_camel

from claims.models import Claim
from config.api import api
from tests.api.calling import Caller
from tests.factories import CustomerFactory, submitted_claim, superuser
from tests.security.effects import written
from tests.security.long import figure
from tests.workbench.desk import claim_url, desk_of, send
from vanguard.models import DomainModel

pytestmark = pytest.mark.once
SCHEMA: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/"))
# A form with a file beside fields that are each read by name.
UPLOADS = {"POST /api/claims/{id}/documents"}


def fields_of_models() -> set[str]:
    """The fields of the trade's models and of log-ins, as the API would call them and as the database does."""
    models = [model for model in apps.get_models() if issubclass(model, DomainModel) or model.__module__.startswith("vanguard.accounts")]
    names = {field.attname for model in models for field in model._meta.concrete_fields}
    return names | {to_camel(name) for name in names}


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation that takes JSON, and the schema of what it takes."""
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            if "requestBody" in operation and name not in UPLOADS:
                yield name, resolved(operation["requestBody"]["content"]["application/json"]["schema"])


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def objects_in(schema: Any) -> Iterator[dict[str, Any]]:
    """The object that a schema describes and those within it."""
    if isinstance(schema, list):
        for each in schema:
            yield from objects_in(each)
    elif isinstance(schema, dict):
        schema = resolved(schema)
        if "properties" in schema:
            yield schema
        for name in ("properties", "items", "anyOf", "oneOf", "allOf"):
            inner = schema.get(name)
            yield from objects_in(list(inner.values()) if name == "properties" and inner else inner)


def test_no_operation_takes_a_field_that_it_does_not_name_at_any_depth() -> None:
    open_ended = [name for name, schema in bodies() for each in objects_in(schema) if each.get("additionalProperties") is not False]
    assert open_ended == []


@pytest.mark.django_db
def test_every_field_of_every_model_is_refused_where_it_is_not_asked_for() -> None:
    """All at once to each operation: each is named as unknown, and nothing is written."""
    caller, fields = Caller(superuser()), fields_of_models()
    assert {"version", "approvedAmount", "approved_amount", "is_superuser", "userId"} <= fields
    taken, asked = {}, 0
    for name, schema in bodies():
        method, _, path = name.partition(" ")
        asked += 1
        extra = sorted(fields - set(schema["properties"]))
        with written() as tables:
            path = re.sub(r"\{\w+\}", lambda _: str(uuid4()), path.removeprefix("/api"))
            answer = caller.send(method, path, dict.fromkeys(extra, 1), If_Match='"1"')
        unknown = {field for field, code in answer.errors.items() if code == "unknown_field"} if answer.status == 422 else set()
        if tables or unknown < set(extra):
            taken[name] = (answer.status, tables, len(set(extra) - unknown))
    figure("S3", f"{len(fields)} names of fields, all sent to each of {asked} operations: {len(taken)} took one or wrote anything")
    assert taken == {}


def row_of(record: Model) -> dict[str, Any]:
    """The record as it is stored now, but for what every change moves."""
    found = type(record)._default_manager.filter(pk=record.pk).values().get()
    return {name: value for name, value in found.items() if name not in ("version", "updated_at")}


def all_fields_but(*shown: str) -> dict[str, str]:
    """Something for every field that the form does not show."""
    return dict.fromkeys(fields_of_models() - set(shown), "1")


@pytest.mark.django_db
def test_a_form_of_the_workbench_changes_what_it_shows_and_nothing_else() -> None:
    desk, claim, customer = desk_of(superuser()), submitted_claim(), CustomerFactory.create()
    before = row_of(claim)
    send(desk, claim_url(claim, "note"), **(all_fields_but("version", "seen") | {"text": "Called the roofer"}))
    assert row_of(claim) == before
    assert Claim.objects.get(pk=claim.pk).notes.count() == 1
    before = row_of(customer)
    asked = {"email": customer.email, "first_name": "Rosa", "last_name": customer.last_name}
    others = all_fields_but("phone", "address", "date_of_birth", "ssn", "clear", "version", "seen")
    send(desk, f"/admin/customers/customer/{customer.pk}/edit/", "edit-form", **(others | asked))
    changed = {name for name, value in row_of(customer).items() if before[name] != value}
    figure("S3", f"two forms, with all fields besides: only {', '.join(sorted(changed))} changed, as shown")
    assert changed == {"first_name", "identity_hash"}  # the second is of the name
