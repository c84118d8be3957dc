"""The door: what Asterisk calls. FastAGI (`fastagi`), the phone that `ivr` speaks to, and the process AGI `fallback`.

Nothing is imported here: the process AGI starts once per call and must start fast.
"""
