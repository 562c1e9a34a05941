"""A mail server on loopback, for what the others' libraries and words do: SMTP as far as Django speaks it."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

OK = "250 ok"


@dataclass
class Postbox:
    """`refuses` is said to each recipient, `after_data` to each letter (empty: the line drops); `seconds` passes before each of those."""

    port: int = 0
    refuses: str = OK
    after_data: str = OK
    seconds: float = 0.0
    got: list[Message] = field(default_factory=list)
    lines: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


class _Conversation(socketserver.StreamRequestHandler):
    box: Postbox

    def handle(self) -> None:
        self.box.lines += 1
        self._say("220 postbox")
        while line := self.rfile.readline():
            verb = line[:4].upper().decode()
            if verb == "QUIT":
                return self._say("221 bye")
            if verb == "RCPT":
                self._say(self.box.refuses.format(address=line.decode().strip()))
            elif verb == "DATA":
                self._say("354 go on")
                if not self._take():
                    return None
            else:
                self._say(OK)
        return None

    def _take(self) -> bool:
        body = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            body += line
        time.sleep(self.box.seconds)
        if self.box.after_data == OK:
            self.box.got.append(message_from_bytes(body))
        if not self.box.after_data:
            return False
        self._say(self.box.after_data)
        return True

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


@contextmanager
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    conversation = type("Conversation", (_Conversation,), {"box": box})
    with _Server(("127.0.0.1", 0), conversation) as server:
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield box
        finally:
            server.shutdown()
