"""`python -m gateway.cli`: what `./hotline` starts."""

from __future__ import annotations

import sys

from gateway.cli.main import main

sys.exit(main(sys.argv[1:]))
