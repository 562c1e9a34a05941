"""Who and what the running request is about: set by the web middleware and the token check, read by logs, audit and history.

Context variables follow a request through awaits and into its worker thread, and never leak into a neighbour's.
"""

from contextvars import Context, ContextVar
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
user_id: ContextVar[str] = ContextVar("user_id", default="")
# Whose rows alone this request may read (vanguard.confinement); empty: it is not confined.
confined_to: ContextVar[str] = ContextVar("confined_to", default="")
# Whose rows alone this request may change (vanguard.own_writes); empty: no limit but the services'.
changes_only_of: ContextVar[str] = ContextVar("changes_only_of", default="")
# Who acts inside a unit of work: empty is the platform itself. None is outside of one, where who asks is all that is known.
actor_id: ContextVar[str | None] = ContextVar("actor_id", default=None)
# The trace that the request is a part of, where it will be sent (vanguard.observability.tracing); else empty.
trace_id: ContextVar[str] = ContextVar("trace_id", default="")
client_address: ContextVar[str] = ContextVar("client_address", default="")
# The caller's log-in: with a token its family; in the workbench when a code of the second factor was last given in the session.
family_id: ContextVar[UUID | None] = ContextVar("family_id", default=None)
factor_at: ContextVar[datetime | None] = ContextVar("factor_at", default=None)


def current_correlation_id() -> str | None:
    """For the audit log: the request's id, or None outside a request."""
    return correlation_id.get() or None


def carried() -> Context:
    """For work that a request asks for and another thread does: what its lines and rows need to say whose it is, and nothing else."""
    handed_on = Context()
    for variable in (correlation_id, user_id, trace_id):
        handed_on.run(variable.set, variable.get())
    return handed_on


def address_of(request: HttpRequest) -> str:
    """The caller's address as the web middleware settled it; forwarded headers are not looked at again."""
    return client_address.get() or str(request.META.get("REMOTE_ADDR", ""))
