"""The Ray that a run starts for itself: on the loopback of this machine alone, with a token and a
folder that nobody else has, and watched (docs/decisions/0435, 0436)."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

import ray
from ray._private import ray_constants
from ray._private import worker as ray_worker
from ray._private.node import Node

# Ray reads both once; a run that starts it again, or after another, has to say so.
from ray._raylet import AuthenticationTokenLoader, Config  # type: ignore[attr-defined]

from jobs.cluster.connect import goodbye, joining
from manifests.errors import ManifestUnusable
from pipeline.workspace.scratch import new_desk, sweep

_STORE_BYTES = 128 * 2**20
"""Nouns are small; Ray would take 30 % of the memory otherwise."""

_GOODBYE_S = 30.0
"""How long one that died is waited for; without its head Ray takes some 7 s to end."""

_VITAL = ("raylet", "gcs_server")

_BYSTANDERS = ("start_monitor", "start_log_monitor", "start_api_server")

_PREFIX = "rushes-ray-"

_LONGEST_BASE = 21
"""A socket's path has 107 bytes at most, and what Ray and we put behind this folder takes 86."""


class LocalRay:
    """Started and ended with the run; started again, twice at most, when it dies on its own."""

    restarts = 2

    def __init__(self, metrics_port: int | None = None) -> None:
        self._metrics_port = metrics_port
        self._open = ExitStack()

    def enter(self) -> None:
        """Start it. Raises `ManifestUnusable` when that is impossible, or would be open to all."""
        refuse_open()
        with ExitStack() as stack:
            folder = _folder(stack)
            stack.enter_context(_own_token())
            stack.callback(_removed, folder / "s")
            stack.callback(goodbye, None)
            with _on_loopback(), _without_bystanders(), joining("of this machine"):
                self._init(folder)
            self._open = stack.pop_all()

    def _init(self, folder: Path) -> None:
        ray.init(
            address="local",
            num_cpus=max(2, os.cpu_count() or 2),  # one to generate, one for all else
            include_dashboard=False,
            object_store_memory=_STORE_BYTES,
            log_to_driver=False,
            configure_logging=False,
            _metrics_export_port=self._metrics_port,
            _temp_dir=str(folder / "s"),  # Ray opens it to all; the folder around it is ours
        )

    def leave(self, *, lost: bool) -> None:
        """End it, and remove its folder; one that is lost gets a moment."""
        if lost:
            goodbye(_GOODBYE_S)
        self._open.close()

    def gone(self, patience_s: float) -> str:
        """Which of its processes ended, and how; "" while all live. What died a moment ago is seen
        after `patience_s` at most."""
        deadline = monotonic() + patience_s
        while True:
            if dead := _dead():
                return dead
            if monotonic() >= deadline:
                return ""
            sleep(0.05)


def refuse_open() -> None:
    """Raise `ManifestUnusable` where the environment tells Ray to take everybody's work."""
    mode = os.environ.get("RAY_AUTH_MODE", "token")
    if mode.lower() != "token":
        message = (
            f"RAY_AUTH_MODE={mode} in the environment: every user of this machine could run"
            " programs through the Ray of this run; unset it (the run makes a token of its own), or"
            " start a cluster yourself and give its --address"
        )
        raise ManifestUnusable("ray_open", message)


def short_base() -> Path:
    """Where Ray's folder goes: the folder for temporary files, or /tmp where that is too long for
    the names of sockets."""
    usual = tempfile.gettempdir()
    fits = len(os.fsencode(usual)) <= _LONGEST_BASE
    return Path(usual if fits else "/tmp")  # noqa: S108 - a folder of our own is made in it


def _folder(stack: ExitStack) -> Path:
    """A new folder for Ray that only we can enter; the stack removes it at its end.

    Folders that killed runs left behind are removed now.
    """
    base = short_base()
    try:
        sweep(base, _PREFIX)
        return stack.enter_context(new_desk(base, _PREFIX))
    except OSError as error:
        message = (
            f"no folder for Ray can be made in {base} ({error.strerror}): set TMPDIR to one that"
            f" can be written, of {_LONGEST_BASE} characters at most (sockets have short names)"
        )
        raise ManifestUnusable("ray_folder", message) from error


@contextmanager
def _own_token() -> Iterator[None]:
    """A token for this Ray alone, in the environment that its processes inherit; nothing is
    written to ~/.ray."""
    own = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR: "0",  # to Ray's processes: loopback
    }
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    _read_again()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        _read_again()


def _read_again() -> None:
    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()


@contextmanager
def _on_loopback() -> Iterator[None]:
    """Ray takes `_node_ip_address="127.0.0.1"` for the outer address of the machine, unless it is
    told that there is no cluster."""
    before = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


@contextmanager
def _without_bystanders() -> Iterator[None]:
    """Ray starts an autoscaler, a reader of logs and a dashboard's head whatever it is told: nobody
    asks them here, and its start would take twice as long."""
    before = {name: getattr(Node, name) for name in _BYSTANDERS}
    for name in _BYSTANDERS:
        setattr(Node, name, _not_started)
    try:
        yield
    finally:
        for name, method in before.items():
            setattr(Node, name, method)


def _not_started(*_given: object, **_named: object) -> None:
    """In the place of what would start one."""


def _dead() -> str:
    node = ray_worker._global_node  # noqa: SLF001 - no public call tells Ray's processes
    if node is None:
        return "Ray is not running"
    dead = {name: process.returncode for name, process in node.dead_processes()}
    return ", ".join(f"Ray's {name} ended {_how(dead[name])}" for name in _VITAL if name in dead)


def _how(code: int) -> str:
    if code == -9:  # noqa: PLR2004 - SIGKILL
        return "by signal 9 (the kernel's, mostly, when memory is full)"
    return f"by signal {-code}" if code < 0 else f"with code {code}"


def _removed(folder: Path) -> None:
    """Remove it, also while the last of Ray's processes still write there."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        sleep(0.1)
