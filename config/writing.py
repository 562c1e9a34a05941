"""An answer's head and body in one write: uvicorn sends them one after the other, and each is a call of the system and wakes the client."""

import asyncio
from typing import Any

# Beyond this, copying costs more than another call of the system.
LARGEST_JOINED = 64 * 1024


class JoinedWrites:
    """A connection's transport that keeps a write back until the next one, or until the event loop comes round again.

    So nothing waits for anybody: who writes a head and then takes time for the body has it sent meanwhile. One write is kept at most,
    and the order stays. All but writing is the transport's own.
    """

    __slots__ = ("_kept", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept: bytes = b""

    def write(self, data: bytes) -> None:
        kept, self._kept = self._kept, b""
        if kept and len(data) <= LARGEST_JOINED:
            self._transport.write(kept + data)
        elif kept or len(data) > LARGEST_JOINED:
            if kept:
                self._transport.write(kept)
            self._transport.write(data)
        elif data:
            self._kept = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what is kept."""
        kept, self._kept = self._kept, b""
        if kept and not self._transport.is_closing():
            self._transport.write(kept)

    def write_eof(self) -> None:
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.flush()
        self._transport.set_protocol(protocol)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
