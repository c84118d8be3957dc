"""bench: what the house costs, measured beside the same flow without it, in one go and interleaved.

In: how many, how fast, how long (all bounded). Out: tables and JSON with ratios, machine, versions and date.
Never: a figure that was not measured in this run; traffic beyond the loopback interface.
"""
