"""Envelope encryption of one text: AES-256-GCM with a key of its own, that key wrapped with the city's (AES-256-GCM).

In: keys, text, context. Out: `hl1:<key id>:<base64url>`. Never: a nonce twice under one data key (each is used once).

The context (table, row, column) is authenticated, not stored: a token copied into another row or column does not open.
A new city key needs only the small wrapped key anew (`reseal`); the text itself is not decrypted for it. The wrapped
part: 12 bytes nonce, 32 key, 16 tag; after it 12 nonce, text, 16 tag (NIST SP 800-38D; nonces random, 96 bits).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import SealBrokenError
from .keys import FIRST, KEY_BYTES, Key, Keyring

Context = tuple[str, str, str]  # table, row's key, column

MARK = "hl1:"
NONCE = 12
WRAPPED = NONCE + KEY_BYTES + 16
_TOKEN = re.compile(r"hl1:([0-9a-f]{8}):([A-Za-z0-9_-]{118,})", re.ASCII)


def seal(keys: Keyring, text: str, context: Context) -> str:
    """The token of a text. Raises KeyMissingError."""
    data_key = secrets.token_bytes(KEY_BYTES)
    return _token(keys.current(), data_key, _encrypt(data_key, text.encode(), context, "text"), context)


def unseal(keys: Keyring, token: str, context: Context) -> str:
    """The text of a token. Raises SealBrokenError, KeyMissingError."""
    key_id, blob = _parts(token, context)
    data_key = _decrypt(keys.find(key_id).secret, blob[:WRAPPED], context, "key")
    return _decrypt(data_key, blob[WRAPPED:], context, "text").decode()


def reseal(keys: Keyring, token: str, context: Context) -> str:
    """The same text under the current key; the token itself when it is so already. Raises as `unseal`."""
    key_id, blob = _parts(token, context)
    current = keys.current()
    if key_id == current.id:
        return token
    data_key = _decrypt(keys.find(key_id).secret, blob[:WRAPPED], context, "key")
    return _token(current, data_key, blob[WRAPPED:], context)


def is_sealed(text: str) -> bool:
    """Whether it has a token's form."""
    return text.startswith(MARK) and _TOKEN.fullmatch(text) is not None


def key_of(token: str) -> str:
    """The id of the city key that a token needs; empty when it is none."""
    match = _TOKEN.fullmatch(token)
    return match[1] if match else ""


def blind(keys: Keyring, text: str) -> str:
    """The index of a number or name: equal for equal ones (spaces and signs apart), tells nothing to who has no key."""
    return blind_with(keys.index_keys()[0], text)


def blind_all(keys: Keyring, text: str) -> tuple[str, ...]:
    """Each index that the text may stand under now: the current one first."""
    return tuple(blind_with(key, text) for key in keys.index_keys())


def blind_with(key: Key, text: str) -> str:
    """The index under one key of the index; begins with the key's id, so that a rotation knows what is left."""
    plain = "".join(letter for letter in text if letter.isalnum()).casefold()
    index = hmac.new(key.secret, plain.encode(), hashlib.sha256).hexdigest()
    return index if key.id == FIRST else f"{key.id}:{index}"


def index_key_of(index: str) -> str:
    """The id of the key that an index was made with."""
    return index.partition(":")[0] if ":" in index else FIRST


def _token(key: Key, data_key: bytes, sealed: bytes, context: Context) -> str:
    wrapped = _encrypt(key.secret, data_key, context, "key")
    return f"{MARK}{key.id}:{base64.urlsafe_b64encode(wrapped + sealed).decode().rstrip('=')}"


def _parts(token: str, context: Context) -> tuple[str, bytes]:
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise SealBrokenError(f"{_place(context)}: not a sealed text")
    try:
        return match[1], base64.urlsafe_b64decode(match[2] + "=" * (-len(match[2]) % 4))
    except binascii.Error as error:
        raise SealBrokenError(f"{_place(context)}: not a sealed text") from error


def _encrypt(key: bytes, data: bytes, context: Context, what: str) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, _bound(context, what))


def _decrypt(key: bytes, blob: bytes, context: Context, what: str) -> bytes:
    try:
        return AESGCM(key).decrypt(blob[:NONCE], blob[NONCE:], _bound(context, what))
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError(f"{_place(context)}: sealed text was changed or belongs elsewhere") from error


def _bound(context: Context, what: str) -> bytes:
    return json.dumps([MARK, what, *context]).encode()  # JSON, so that no two contexts read alike


def _place(context: Context) -> str:
    return "/".join(context)
