"""What stands before Dagster's web server, which by itself obeys every page that a browser here opens.

Belongs here: who may ask it, and how. Does not: Dagster's server itself (`service`); who somebody is, which
is for a login in front of it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Collection
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN = "token"
LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")


class Guard:
    """Lets a request pass that names one of `hosts`, comes from no other site's page, changes nothing by
    GET, and has the cookie. The cookie is given for the one-time token in the address that `tell` is given;
    a new one is told whenever one was used."""

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], port: int, tell: Callable[[str], object]
    ) -> None:
        self._app = app
        self._hosts = {host.lower() for host in hosts}
        self._cookie, self._session = f"mujun-{port}", secrets.token_urlsafe(32)
        self._tell = tell
        self._renew()

    def _renew(self) -> None:
        self._token = secrets.token_urlsafe(32)
        self._tell(self._token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        refusal = self._not_from_here(scope, asked)
        if refusal is None and self._is_entry(scope, asked):
            self._renew()
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(self._cookie, self._session, httponly=True, samesite="strict")
            answer.headers["Referrer-Policy"] = "no-referrer"
            answer.headers["Cache-Control"] = "no-store"
            await answer(scope, receive, send)
            return
        if refusal is None and not self._has_cookie(asked):
            refusal = "Open the address that `mujun ui` has printed last; each serves once."
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        else:
            await PlainTextResponse(f"mujun: {refusal}\n", status_code=403)(scope, receive, send)

    def _not_from_here(self, scope: Scope, asked: HTTPConnection) -> str | None:
        """Why a request is refused whoever sends it."""
        host = ",".join(asked.headers.getlist("host")).lower()
        if _host_name(f"//{host}") not in self._hosts:
            return "This server does not go by that name (--allow-host)."
        origins = [origin.lower() for origin in asked.headers.getlist("origin")]
        if any(_host(origin) != host for origin in origins):
            return "A page of another site may not ask this server."
        if scope["type"] == "http" and scope["method"] != "POST" and "query" in asked.query_params:
            return "A question to Dagster is sent by POST."
        return None

    def _is_entry(self, scope: Scope, asked: HTTPConnection) -> bool:
        token = asked.query_params.get(TOKEN, "")
        return (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and hmac.compare_digest(token.encode(), self._token.encode())
        )

    def _has_cookie(self, asked: HTTPConnection) -> bool:
        cookie = SimpleCookie(asked.headers.get("cookie", "")).get(self._cookie)
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self._session.encode())


def _host(origin: str) -> str | None:
    """Name and port of an origin; None for one that is no web page's, such as `null`."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc if parts.scheme in ("http", "https") else None


def _host_name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
