"""Traces, where OTLP_ENDPOINT names a collector: which part of a request took its time, across SQL, Redis and other services.

Off, nothing of OpenTelemetry is imported here, and what stands here costs a look at a variable. The rest is in vanguard.observability.otlp,
which a server's worker starts after it was forked. See docs/decisions/0125.

    with span("save_claim_to_database"):
        …

    @traced("score_claim")
    def score(claim: Claim) -> int: …        # async functions too
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any, Protocol, cast

from vanguard import context

type Attributes = Mapping[str, str | int | float | bool]
NOTHING: Attributes = {}


class Tracing(Protocol):
    """What vanguard.observability.otlp does while traces are on."""

    def span(self, name: str, attributes: Attributes) -> AbstractContextManager[Any]: ...

    def statement(self, sql: Any, vendor: str) -> AbstractContextManager[Any]: ...

    def begin(self, headers: Mapping[str, Any]) -> object: ...

    def end(self, begun: object, *, method: str, endpoint: str, status: int, user_id: str) -> None: ...

    def handed_on(self, name: str, work: Callable[[], Any]) -> Callable[[], Any]: ...

    def stop(self) -> None: ...


class _Running:
    """This process's tracing, or None."""

    tracing: Tracing | None = None


def start(endpoint: str, *, percent: int, version: str, environment: str) -> bool:
    """Begin to send traces of `percent` of the requests to the collector at `endpoint`; does nothing without one. Says whether it began."""
    if endpoint and percent and _Running.tracing is None:
        otlp = import_module("vanguard.observability.otlp")
        _Running.tracing = otlp.Otlp(endpoint, percent=percent, version=version, environment=environment)
    return _Running.tracing is not None


def stop() -> None:
    """Send what waits, for some seconds at most, and end."""
    tracing, _Running.tracing = _Running.tracing, None
    if tracing is not None:
        tracing.stop()


def is_recording() -> bool:
    """Whether what happens now is part of a trace that will be sent."""
    return bool(context.trace_id.get())


def span(name: str, attributes: Attributes = NOTHING) -> AbstractContextManager[Any]:
    """A part of the running trace. `attributes`: ids, kinds and amounts, never a person's data."""
    tracing = _Running.tracing
    return tracing.span(name, attributes) if tracing is not None and is_recording() else nullcontext()


def statement(sql: Any, vendor: str) -> AbstractContextManager[Any]:
    """A span around one statement of SQL: its text, without values."""
    tracing = _Running.tracing
    return tracing.statement(sql, vendor) if tracing is not None and is_recording() else nullcontext()


def traced[**P, Result](name: str) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Each call of the decorated function, sync or async, is a span."""

    def decorate(function: Callable[P, Result]) -> Callable[P, Result]:
        if iscoroutinefunction(function):

            @wraps(function)
            async def awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
                with span(name):
                    return await cast(Any, function(*args, **kwargs))

            return cast(Callable[P, Result], awaited)

        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> Result:
            with span(name):
                return function(*args, **kwargs)

        return called

    return decorate


def begin_request(headers: Mapping[str, Any]) -> object | None:
    """A request came, with `headers` as WSGI names them; to be given to `end_request`. None where traces are off."""
    return None if _Running.tracing is None else _Running.tracing.begin(headers)


def end_request(begun: object | None, *, method: str, endpoint: str, status: int, user_id: str) -> None:
    """It was answered. `endpoint` is the route's pattern."""
    if begun is not None and _Running.tracing is not None:
        _Running.tracing.end(begun, method=method, endpoint=endpoint, status=status, user_id=user_id)


def handed_on(name: str, work: Callable[[], Any]) -> Callable[[], Any]:
    """`work`, which another thread will do: a part of the trace of who asks for it now."""
    tracing = _Running.tracing
    return tracing.handed_on(name, work) if tracing is not None and is_recording() else work
