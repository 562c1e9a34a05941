"""Environments of their own on one machine: `make preview NAME=x`, `make previews`, `make preview-down NAME=x` (docs/deploying.md).

Each has a PostgreSQL database, a Redis database, ports, keys for its tokens, a certificate and a folder, and shares none of them.
Everything that belongs to one is found again by its name alone, so that one that was left half made can be removed like any other.
"""
