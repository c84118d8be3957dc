"""An event that may not happen, as an error of the house's tree."""

from __future__ import annotations

from gateway.errors import CallerFaultError
from workorder.rules import Refusal


class RefusedError(CallerFaultError):
    """The order is as before. `slug` is stable, `rule` the document's place; the message is Chinese, for the page."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.chinese, remedy=refusal.rule)
        self.slug = refusal.slug
        self.chinese = refusal.chinese
        self.rule = refusal.rule


class KeyReusedError(CallerFaultError):
    """The same key came with another request."""
