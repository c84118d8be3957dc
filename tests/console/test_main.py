"""The process: how it starts when others are away, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import aiohttp

from gateway.config import CHECKOUT
from tests.kit.ports import free_block


async def start(folder: Path, port: int, **settings: str) -> asyncio.subprocess.Process:
    settings = {"STATE_DIR": str(folder), "CONSOLE_PORT": str(port), **settings}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "console.main"),
        env={**os.environ, **{f"HOTLINE_{name}": value for name, value in settings.items()}},
        cwd=CHECKOUT,
        stderr=asyncio.subprocess.PIPE,
    )


async def health(port: int) -> dict[str, Any]:
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                    return dict(await answer.json())
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.1)


async def end(process: asyncio.subprocess.Process) -> int | None:
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 10)
    return process.returncode


async def test_it_starts_and_says_so_when_gateway_and_database_are_away(tmp_path: Path) -> None:
    port = free_block(2)
    process = await start(tmp_path, port, DATABASE_URL=f"postgresql+asyncpg://nobody@127.0.0.1:{port + 1}/none")
    try:
        seen = await health(port)
        assert (seen["console"], seen["gateway"], seen["store"]) == ("up", "away", "away")
        body = {"user": "admin", "password": "whatever-it-is"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://127.0.0.1:{port}/api/v1/session", json=body) as answer,
        ):
            assert (answer.status, (await answer.json())["type"]) == (503, "/problems/store-away")
    finally:
        assert await end(process) == 0


async def test_a_taken_port_and_a_bad_setting_have_their_own_exit_codes(tmp_path: Path) -> None:
    port = free_block(2)
    with socket.create_server(("127.0.0.1", port)):
        process = await start(tmp_path, port)
        _, complaint = await asyncio.wait_for(process.communicate(), 30)
        assert (process.returncode, b"cannot listen" in complaint) == (3, True)
    process = await start(tmp_path, port, SIP_PORT="many")
    _, complaint = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, b"HOTLINE_SIP_PORT" in complaint) == (2, True)
