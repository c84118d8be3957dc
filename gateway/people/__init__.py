"""Whom a seat may bring into a call: the roster of experts, the outside numbers, result codes, wrap-up lengths.

In: what admins write. Out: rows with a revision each, and `published/people.json` on every node. Never: rings anybody.
`document` is what the gateway reads and knows no database; the others belong to recorder, console and CLI.
"""
