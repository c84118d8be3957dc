"""What supervisors do beside the calls: listen, whisper, barge in, send a word to seats, and see a surge coming.

In: acts from the control socket, AMI events. Out: a supervisor's phone beside a seat's, notices, surges, and changes
for those who watch. Never: the way of a call; when all of this fails, people talk on.
"""

from gateway.supervise.notices import Notices
from gateway.supervise.spies import Mode, Spies, Spy
from gateway.supervise.surges import Surges

__all__ = ["Mode", "Notices", "Spies", "Spy", "Surges"]
