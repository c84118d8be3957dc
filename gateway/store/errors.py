"""What can go wrong with the store, in the house's tree, and the one place that maps SQLAlchemy's errors into it.

In: exceptions of SQLAlchemy, asyncpg and the socket below. Out: DatabaseAwayError and friends.
Never: swallows one it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from gateway.errors import CallerFaultError, FatalError, HotlineError, RetryableError


class DatabaseAwayError(RetryableError):
    """The database cannot be reached, is locked, shutting down or full. Nothing was written."""


class SchemaTooNewError(FatalError):
    """The database was written by a newer release; this one would damage it."""


class StaleVersionError(CallerFaultError):
    """Somebody else changed the row since it was read. `current` is its version now."""

    def __init__(self, current: int) -> None:
        super().__init__("工单已被他人修改", place="version", remedy=f"请刷新后重试(当前版本 {current})")
        self.current = current


class NotFoundError(CallerFaultError):
    """No such row."""


class ConflictError(CallerFaultError):
    """The row exists already, or its state does not allow the act."""


# PostgreSQL classes: connection, insufficient resources, operator intervention (shutdown), system error
_AWAY_CLASSES = ("08", "53", "57", "58")
_AWAY_CODES = ("55P03", "40001", "40P01")


def _away(error: DBAPIError) -> bool:
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    code = getattr(error.orig, "sqlstate", None) or ""
    if code:
        return code.startswith(_AWAY_CLASSES) or code in _AWAY_CODES
    return isinstance(error, OperationalError)


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Raise what happens inside as DatabaseAwayError, ConflictError, or unchanged."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(f"数据冲突:{error.orig}") from error
    except DBAPIError as error:
        if not _away(error):
            raise
        raise DatabaseAwayError(f"database away: {error.orig}") from error
    except StatementError as error:  # raised while a value was made ready: by a type of ours
        if isinstance(error.orig, HotlineError):
            raise error.orig from error
        raise
    except (OSError, TimeoutError, PoolTimeoutError) as error:
        raise DatabaseAwayError(f"database away: {error}") from error
