from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Config
from gateway.orders.rulebook import Rulebook
from gateway.store import Store
from tests.databases import database_url, keys, pg_cluster, store
from tests.orders.scene import Scene

__all__ = ["config", "database_url", "keys", "pg_cluster", "scene", "store"]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(state_dir=tmp_path / "state")


@pytest.fixture
def scene(store: Store, config: Config) -> Scene:
    return Scene(store, Rulebook(config), config)
