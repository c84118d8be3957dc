"""What the public may file and see through Open311 GeoReport v2, and the store's side of it.

In: `services.toml` (the city's own in the state folder goes before), requests of apps. Out: citizen order drafts,
public views of them. Never: a report (举报) or a complaint about a person; anything of an order that the privacy policy
does not show to the public.
"""

from __future__ import annotations

from .requests import (
    Filed,
    Place,
    PublicRequest,
    Submission,
    add_key,
    app_of,
    file_request,
    keys_list,
    public_requests,
    set_key_active,
)
from .services import Service, load_services

__all__ = [
    "Filed",
    "Place",
    "PublicRequest",
    "Service",
    "Submission",
    "add_key",
    "app_of",
    "file_request",
    "keys_list",
    "load_services",
    "public_requests",
    "set_key_active",
]
