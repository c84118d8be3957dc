"""The calls: what happens at each visit to the door, by the decisions of the thought-rooms.

In: AGI sessions. Out: calls handed back to the dialplan. Never: a database, a file or an HTTP client.
"""

from gateway.calls.desk import Desk
from gateway.calls.handlers import Calls

__all__ = ["Calls", "Desk"]
