"""Starts a real Keystone, and a real Glance that asks it about tokens, for a test."""

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from interop.oracle import accounts
from support.interop.glance import READY, Glance, start_glance
from support.running.processes import ROOT, free_port


@dataclass(frozen=True)
class Cloud:
    """A running Keystone, and the Glance that its catalog names."""

    keystone: str
    glance: Glance
    process: subprocess.Popen[str]
    secure_keystone: str = ""
    """The same over HTTPS, if there is a certificate; its endpoints are a region of their own."""


@contextmanager
def cloud_with(
    images: Iterable[Mapping[str, Any]], folder: Path, certificate: Path | None = None
) -> Iterator[Cloud]:
    """Run both for the time of a `with` block; the folder takes Glance's files."""
    port, secure_port = free_port(), free_port()  # the catalog names them before Glance has them
    catalog, options = ["--image-url", f"http://127.0.0.1:{port}"], ["--port", str(port)]
    if certificate:
        tls = ["--certificate", str(certificate)]
        catalog += [*tls, "--secure-image-url", f"https://127.0.0.1:{secure_port}"]
        options += [*tls, "--secure-port", str(secure_port)]
    keystone = start_keystone(*catalog)
    url, _, secure_url = address_of(keystone).partition(" and ")
    try:
        glance = start_glance(images, folder, *options, "--keystone", url)
        try:
            yield Cloud(url, glance, keystone, secure_url)
        finally:
            glance.stop()
    finally:
        stop(keystone)


def start_keystone(*arguments: str, temporary: Path | None = None) -> subprocess.Popen[str]:
    """Start a Keystone; the first call of all installs it."""
    return subprocess.Popen(
        [ROOT / "scripts" / "keystone", "--parent", str(os.getpid()), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | ({"TMPDIR": str(temporary)} if temporary else {}),
    )


def address_of(process: subprocess.Popen[str]) -> str:
    """Return the address that a service prints when it is ready."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith(READY):
        stop(process)
        pytest.fail(f"Keystone did not start: {line!r}")
    return line.removeprefix(READY).strip()


def stop(process: subprocess.Popen[str], by: signal.Signals = signal.SIGTERM) -> int:
    """Stop a service by a signal and return its exit status."""
    if process.poll() is None:
        process.send_signal(by)
    try:
        return process.wait(timeout=20)
    finally:
        process.kill()
        if process.stdout is not None:
            process.stdout.close()


def password_of(cloud: Cloud, user: accounts.User) -> dict[str, str]:
    """Return the OS_ variables with which a user logs in to its first project."""
    return {
        "OS_AUTH_URL": cloud.keystone,
        "OS_USERNAME": user.name,
        "OS_PASSWORD": user.password,
        "OS_PROJECT_NAME": user.roles[0][0],
        "OS_USER_DOMAIN_NAME": accounts.DOMAIN_NAME,
        "OS_PROJECT_DOMAIN_NAME": accounts.DOMAIN_NAME,
        "OS_REGION_NAME": accounts.REGION,
    }
