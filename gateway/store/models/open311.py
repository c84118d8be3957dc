"""Who may file through Open311, and the requests filed: what the public may see of an order, nothing else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.sealed import Encrypted, Held, OptionalSealedField

from .base import Base


class Open311Key(Base):
    """An app's key. Only its SHA-256 is kept."""

    __tablename__ = "open311_keys"

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    active: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class Open311Request(Base):
    """A service request by its public id (random: it does not tell how many orders there are).

    `place`: where it is, WGS 84 degrees: often where somebody lives, so sealed (`lat`, `long`: up to 0006).
    """

    __tablename__ = "open311_requests"
    __table_args__ = (Index("ix_open311_requests_requested_at", "requested_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(unique=True)
    app: Mapped[str]
    service_code: Mapped[str]
    requested_at: Mapped[datetime]
    lat: Mapped[float | None] = mapped_column(default=None)
    long: Mapped[float | None] = mapped_column(default=None)
    spot_sealed: Mapped[Held | None] = mapped_column("spot", Encrypted, default=None)

    spot = OptionalSealedField()

    @property
    def place(self) -> tuple[float, float] | None:
        """(latitude, longitude)."""
        if self.spot:
            lat, _, long = self.spot.partition(",")
            return float(lat), float(long)
        return None if self.lat is None or self.long is None else (self.lat, self.long)

    @place.setter
    def place(self, found: tuple[float, float] | None) -> None:
        self.spot = f"{found[0]!r},{found[1]!r}" if found else None
        self.lat = self.long = None
