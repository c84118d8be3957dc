"""Front of house: what people see. HTTP/WebSocket API under `/api/v1` and the web pages.

In: requests from browsers; live state from the gateway's control socket; history from the store; SIP frames for the
PBX. Out: JSON (RFC 9457 problems on errors), events, recordings, pages. Never: needed for a call — it may be away
while calls run.
"""
