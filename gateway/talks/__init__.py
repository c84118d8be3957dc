"""gateway.talks: calls with several people. Drives `transfer.talk` over AMI."""

from gateway.talks.people import People
from gateway.talks.talks import Talks

__all__ = ["People", "Talks"]
