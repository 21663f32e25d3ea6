"""Who did something: the accounts and the name of this machine."""

from __future__ import annotations

import os
import pwd
import socket


def account_of(user: int) -> str:
    """The name of the account with the number `user`; the number itself where it has none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def account_and_host() -> dict[str, str]:
    """Who runs this process (whatever the environment says of it), and on which machine."""
    return {"account": account_of(os.getuid()), "host": socket.gethostname()}
