"""Sends the outbox's short messages through the SMS gateway.

In: events of kind "sms.message". Out: what came of them. Never: sends one that a worker that died may have sent: a
person sees it among the dead letters and decides.
"""

from __future__ import annotations

from gateway.errors import CallerFaultError, HotlineError, IndeterminateError, RetryableError
from gateway.sms import Sms, SmsMessage
from gateway.store.deliveries import Outcome, Result

from .courier import Address
from .events import Event


class SmsSender:
    """`idempotent`: the gateway keeps what it has seen by its id, so that sending again is harmless."""

    def __init__(self, sms: Sms, *, idempotent: bool = False) -> None:
        self._sms = sms
        self._idempotent = idempotent

    async def send(self, to: Address, event: Event, sequence: int, *, again: bool) -> Outcome:  # noqa: ARG002
        if again and not self._idempotent:
            return Outcome(Result.UNKNOWN, error="发送程序中断过，可能已经发出")
        message = SmsMessage(event.id, str(event.data.get("number", "")), str(event.data.get("text", "")))
        try:
            await self._sms.send(message)
        except CallerFaultError as error:
            return Outcome(Result.REFUSED, error=str(error))
        except IndeterminateError as error:
            return Outcome(Result.FAILED if self._idempotent else Result.UNKNOWN, error=str(error))
        except RetryableError as error:
            return Outcome(Result.AWAY, error=str(error))
        except HotlineError as error:
            return Outcome(Result.FAILED, error=str(error))
        return Outcome(Result.DONE)
