"""What can go wrong with sealed texts: both need a person."""

from __future__ import annotations

from gateway.errors import FatalError


class KeyMissingError(FatalError):
    """The key file, or the key that a text was sealed with, is not there: restore the key file from its backup."""


class SealBrokenError(FatalError):
    """A sealed text was changed, cut or moved to another row. It is not shown."""
