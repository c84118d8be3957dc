"""Calls that the house places for a seat: call-backs of missed calls, follow-ups and first contacts of orders.

In: acts from the control socket, AMI events. Out: the seat's phone rung, then the citizen's, a live call that says how
far it is, and a line for the seat journal at its beginning and end. Never: knows a task or an order; the console says
which number belongs to which.
"""

from gateway.callouts.callouts import CallOuts
from gateway.callouts.model import Out, Stage, Wanted

__all__ = ["CallOuts", "Out", "Stage", "Wanted"]
