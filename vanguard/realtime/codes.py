"""Why a socket is closed, as its code says. Below 4000 they are RFC 6455's and IANA's, above it ours, after HTTP's. docs/live.md."""

# The server restarts or recycles a worker (sent by uvicorn): come again, after a random moment.
RESTART = 1012
# The client said something else than "ping", or that too often.
NOTHING_TO_SAY = 1008
# Messages came faster than this client read them, or the database could not be asked whether it may stay: come again, and read anew.
TRY_AGAIN_LATER = 1013
# The log-in ended: logged out, password changed, disabled, or the access token ran out. A fresh token opens a fresh socket.
LOG_IN_ENDED = 4401
# The role that let this socket see what it saw was taken away.
NOT_ALLOWED = 4403
