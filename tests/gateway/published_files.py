"""Writes the published files of the demo city into a state folder, as `./hotline up` does."""

from __future__ import annotations

import json

import routing_table
from gateway.config import Config


def write_published(config: Config) -> None:
    config.published_dir.mkdir(parents=True, exist_ok=True)
    files = {path.name: path.read_text("utf-8") for path in config.city_dir.iterdir() if path.is_file()}
    table = routing_table.load_demo(files)
    (config.published_dir / "table.json").write_text(routing_table.to_json(table), "utf-8")
    seats = [{"id": "801", "name": "坐席801", "pool": "shared", "skills": ["general", "12315"]}]
    (config.published_dir / "seats.json").write_text(json.dumps({"version": "t", "seats": seats}), "utf-8")
