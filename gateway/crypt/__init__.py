"""Sealing of what says who a caller is: envelope encryption with the city's key, and an index to find it again by.

In: a `Keyring` (the key file that `./hotline up` makes), a text, the place that the text belongs to. Out: a token for a
text column, or the text again. Never: a key in the store, in a log or in `repr`; a text back that was moved or changed.

    keys = Keyring(config.keys_file)
    token = seal(keys, "张三", ("work_orders", "20261121-000001", "caller_name"))
    text = unseal(keys, token, ("work_orders", "20261121-000001", "caller_name"))
"""

from __future__ import annotations

from .envelope import (
    MARK,
    Context,
    blind,
    blind_all,
    blind_with,
    index_key_of,
    is_sealed,
    key_of,
    reseal,
    seal,
    unseal,
)
from .errors import KeyMissingError, SealBrokenError
from .keys import Key, Keyring, ensure_keys, forget_key, rotate_index_key, rotate_keys

__all__ = [
    "MARK",
    "Context",
    "Key",
    "KeyMissingError",
    "Keyring",
    "SealBrokenError",
    "blind",
    "blind_all",
    "blind_with",
    "ensure_keys",
    "forget_key",
    "index_key_of",
    "is_sealed",
    "key_of",
    "reseal",
    "rotate_index_key",
    "rotate_keys",
    "seal",
    "unseal",
]
