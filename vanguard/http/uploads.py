"""Reading an uploaded file: multipart/form-data with one `file`, and fields of text beside it."""

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from vanguard.errors import Invalid, MalformedBody
from vanguard.http.errors import UnsupportedMediaType


@dataclass(frozen=True, slots=True)
class Upload:
    """The file, and the fields that came with it."""

    file: UploadedFile
    fields: dict[str, str]


def read_upload(request: HttpRequest, *names: str) -> Upload:
    """The upload of a request, whose fields may be `names` and no others.

    Raises UnsupportedMediaType, MalformedBody, and Invalid where the file is missing, comes twice, or a field is unknown.
    """
    if request.content_type != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data, in the field “file”.")
    try:
        _body = request.body  # read whole before Django parses it, because an Idempotency-Key is about the whole
        files, fields = request.FILES, request.POST
    except MultiPartParserError:
        raise MalformedBody("The body is not multipart/form-data.") from None
    found = files.getlist("file")
    if len(found) != 1 or len(files) != 1:
        raise Invalid("Send one file, in the field “file”.", code="required" if not found else "invalid", field="file")
    for name in fields:
        if name not in names:
            raise Invalid("There is no such field.", code="unknown_field", field=name)
    return Upload(found[0], {name: str(value) for name, value in fields.items()})


def upload_in_schema(**fields: dict[str, Any]) -> dict[str, Any]:
    """For `openapi_extra`: the body of an upload."""
    properties = {"file": {"type": "string", "format": "binary"}} | fields
    schema = {"type": "object", "required": ["file"], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
