"""The table's versions: edited, proved, published to every node, taken back; sheets in and out; recorded prompts.

In: store sessions, people's edits and files. Out: versions in the store, files on each node. Never: in the call path.
Imported by the console, the recorder, the house and `./hotline table`; the gateway process does not import this room.
The modules are the face: `versions` (acts), `publisher` (the node's end), `facts`, `sheets`, `apart`, `replaying`,
`recorded`, `files`.
"""
