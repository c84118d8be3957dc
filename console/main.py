"""The console process: `python -m console.main`.

In: `HOTLINE_*`. Out: a web server until SIGTERM or SIGINT. Never: a start that fails because gateway or database is
away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys

from aiohttp import web

from console.app import make_app
from gateway import log_setup
from gateway.config import Config, ConfigError, load_config

log = logging.getLogger("console")

KEEPALIVE_S = 30.0
SHUTDOWN_S = 5.0


async def serve(config: Config, stop: asyncio.Event) -> None:
    """Listen until `stop`. Raises OSError when the port is taken."""
    runner = web.AppRunner(
        make_app(config), access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=SHUTDOWN_S
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, config.bind, config.console_port, reuse_address=True).start()
        log.info("console at http://%s:%d", config.bind, config.console_port)
        await stop.wait()
    finally:
        await runner.cleanup()


async def _run(config: Config) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await serve(config, stop)


def main() -> int:
    try:
        config = load_config(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log_setup.start(config.log_level)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_run(config))
    except OSError as error:
        log.error("cannot listen on %s:%d: %s", config.bind, config.console_port, error)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
