from __future__ import annotations

from tests.databases import database_url, keys, pg_cluster, store

__all__ = ["database_url", "keys", "pg_cluster", "store"]
