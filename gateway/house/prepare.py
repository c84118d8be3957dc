"""`python -m gateway.house.prepare`: everything that `up` puts on the disk, without starting anything. For containers.

In: settings; the database must be reachable. Out: schema, published files, secrets, Asterisk's configuration, and the
passwords of users made just now, printed once. Never: starts or reloads a part.
"""

from __future__ import annotations

import os
import sys

from gateway.config import load_config
from gateway.errors import HotlineError
from gateway.house.demo import ensure_city, ensure_table
from gateway.house.progress import say
from gateway.house.up import configure


def main() -> int:
    """0 done, 3 when something needed is away: the parts that wait for this do not start then."""
    try:
        config = load_config(os.environ)
        config.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        ensure_table(config)
        made = ensure_city(config)
        configure(config, say)
    except HotlineError as error:
        sys.stderr.write(f"prepare: {error}\n")
        return 3
    if made:
        sys.stdout.write("Users of the demo city. These passwords are shown now and never again:\n")
        sys.stdout.writelines(f"  {name:<12} {password}\n" for name, password in made.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
