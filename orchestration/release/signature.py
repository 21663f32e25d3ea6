"""A detached signature of a release by a key that the office holds (Ed25519, PEM), beside its folder.

What is signed is the manifest, which has the hash of every file. Belongs here: signing and checking. Does
not: the files themselves (`verify`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from orchestration.errors import UserError
from orchestration.files import write_whole
from orchestration.release.register import MANIFEST, Release

SUFFIX = ".sig"


def sign(release: Release, key: Path, password: Callable[[], str]) -> Path:
    """Sign a release with the private key in the file `key`; `password` is asked for one if the key has it.
    Returns the path of the signature, which takes the place of a former one. UserError where the key is none,
    or the release is not what was released."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    release.trusted_manifest()
    content = _read(key)
    try:
        try:
            private = load_pem_private_key(content, None)
        except TypeError:  # it has a password
            private = load_pem_private_key(content, password().encode())
    except ValueError as error:
        raise UserError(f"{key} is no private key in PEM, or the password is another.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise UserError(f"{key} is no Ed25519 key. `openssl genpkey -algorithm ed25519` makes one.")
    path = _beside(release)
    write_whole(path, base64.b64encode(private.sign((release.path / MANIFEST).read_bytes())) + b"\n")
    return path


def faults(release: Release, key: Path) -> list[str]:
    """What is wrong with the signature of a release by the public key in the file `key`; none if it holds.
    UserError where the key is none."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        public = load_pem_public_key(_read(key))
    except ValueError as error:
        raise UserError(f"{key} is no public key in PEM.") from error
    if not isinstance(public, Ed25519PublicKey):
        raise UserError(f"{key} is no Ed25519 key.")
    path = _beside(release)
    try:
        signature = base64.b64decode(path.read_bytes(), validate=False)
        public.verify(signature, (release.path / MANIFEST).read_bytes())
    except FileNotFoundError:
        return [f"{release.name} has no signature ({path})"]
    except (InvalidSignature, ValueError):
        return [f"{path.name} is no signature of {release.name} by this key"]
    return []


def _beside(release: Release) -> Path:
    return release.path.with_name(release.path.name + SUFFIX)


def _read(key: Path) -> bytes:
    try:
        return key.read_bytes()
    except OSError as error:
        raise UserError(f"The key {key} cannot be read: {error.strerror}.") from error
