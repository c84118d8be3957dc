"""A job's own sessions get less of the CPUs, others' stay as they are."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from gateway.house.behind import NICE, Behind


def nice_of(session: int) -> str:
    return Path(f"/proc/{session}/autogroup").read_text("ascii").split()[-1]


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel does not group by session")
def test_a_session_that_a_job_opens_is_put_behind_and_no_other() -> None:
    started = [
        subprocess.Popen(["sleep", "30"], start_new_session=True, env={**os.environ, "TEST_PORTS": ports})
        for ports in ("1-2", "1-23")
    ]
    try:
        mine, other = (process.pid for process in started)
        behind, until = Behind("TEST_PORTS=1-2"), time.monotonic() + 5
        while nice_of(mine) != NICE and time.monotonic() < until:  # its environment is there once it has been executed
            behind = Behind("TEST_PORTS=1-2")
            behind.look()
        assert (nice_of(mine), nice_of(other)) == (NICE, "0")
        behind.look()
    finally:
        for process in started:
            process.kill()
            process.wait()
