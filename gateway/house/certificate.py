"""The self-signed certificate for browsers' SIP over wss, until an admin puts a real one in its place.

In: config. Out: `etc/keys/wss.crt` and `.key`, mode 0600. Never: replaces files that are there.
"""

from __future__ import annotations

import subprocess

from gateway.config import Config
from gateway.house.layout import layout

DAYS = 825  # the longest that browsers accept


def ensure_certificate(config: Config) -> bool:
    """Whether there is a certificate now; False when openssl is away or fails (wss is then off, ws is on)."""
    keys = layout(config).etc / "keys"
    crt, key = keys / "wss.crt", keys / "wss.key"
    if crt.exists() and key.exists():
        return True
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", str(DAYS), "-subj", "/CN=hotline", "-addext", f"subjectAltName=IP:{config.bind},DNS:localhost"]
    command += ["-keyout", str(key), "-out", str(crt)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, check=False, umask=0o077)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
