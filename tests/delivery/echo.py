"""A small ASGI application that tells what reached it, to see what the server lets through."""

import json
from typing import Any


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    # Looked at after the body, because trailers come after it.
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    answer = json.dumps({"bytes": len(body), "headers": headers, "client": scope["client"][0], "scheme": scope["scheme"]}).encode()
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(answer)).encode())]}
    await send(start)
    await send({"type": "http.response.body", "body": answer})
