"""Django's backend for PostgreSQL, which waits for no connection while the server hangs."""
