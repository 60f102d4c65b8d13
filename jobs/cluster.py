"""Joining a Ray cluster, and seeing what it is made of while a run goes on."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
from collections import Counter
from dataclasses import dataclass

import ray
from ray._private.state import state as ray_state  # no public call tells draining nodes
from ray.exceptions import RayError

from manifests.errors import ManifestUnusable, Transient

_KNOCK_S = 10.0
_HEAD_MISSES = 3
"""Knocks in vain at the head, one a census, before it counts as lost."""

_STORE_BYTES = 128 * 2**20
"""Nouns are small; Ray would take 30 % of the memory otherwise."""

_ADDRESS = re.compile(r"(ray://)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """The nodes that may be given work, and what they have in all."""

    nodes: frozenset[str]
    resources: dict[str, float]


def connect(address: str | None, metrics_port: int | None = None) -> None:
    """Join the cluster at `address`, or start one in this process's children, whose metrics are
    read at `metrics_port` (any, if none is given).

    Raises `ManifestUnusable` when nobody answers there or the token is refused.
    """
    if address not in {None, "auto"} and not _ADDRESS.fullmatch(str(address)):
        message = (
            f"--address {address} is no address of a Ray cluster: give HOST:PORT as"
            " `ray start --head` told it (port 6379), or auto on a machine of the cluster"
        )
        raise ManifestUnusable("address_wrong", message)
    stop = signal.getsignal(signal.SIGTERM)  # Ray puts its own in its place
    try:
        _init(address, metrics_port)
    except (ConnectionError, OSError, RuntimeError, ValueError, RayError) as error:
        message = f"the Ray cluster {address or 'of this machine'} cannot be used: {error}"
        raise ManifestUnusable("cluster_unreachable", message) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, stop)


def _init(address: str | None, metrics_port: int | None) -> None:
    if address is not None:
        knock(address, _KNOCK_S)
        ray.init(address=address, log_to_driver=False, configure_logging=False)
        return
    ray.init(
        address="local",
        num_cpus=max(2, os.cpu_count() or 2),  # one to generate, one for all else
        include_dashboard=False,
        object_store_memory=_STORE_BYTES,
        log_to_driver=False,
        configure_logging=False,
        _metrics_export_port=metrics_port,
    )


def knock(address: str, timeout_s: float) -> None:
    """Ray waits for minutes where nobody listens; a plain connection tells at once."""
    found = _ADDRESS.fullmatch(address)
    if found:
        host, port = found[2].strip("[]"), int(found[3])
        socket.create_connection((host, port), timeout=timeout_s).close()


class Watchman:
    """Counts the cluster, and notices when its head is gone."""

    def __init__(self) -> None:
        self._head = ray.get_runtime_context().gcs_address
        self._misses = 0
        self.lost = False

    def census(self) -> Census | None:
        """The nodes now; None while the head does not answer, `Transient` when it is lost.

        Nodes that drain (they were told to end) are left out.
        """
        try:
            knock(self._head, _KNOCK_S / 5)
        except OSError as error:
            self._missed(error)
            return None
        self._misses = 0
        draining = ray_state.get_draining_nodes()
        there = [node for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
        staying = [node for node in there if node["NodeID"] not in draining]
        total: Counter[str] = Counter()
        for node in staying:
            total.update(node["Resources"])
        return Census(nodes=frozenset(node["NodeID"] for node in staying), resources=dict(total))

    def _missed(self, error: OSError) -> None:
        self._misses += 1
        if self._misses >= _HEAD_MISSES:
            self.lost = True
            message = (
                f"the head of the Ray cluster at {self._head} is gone ({error}); what was finished"
                " is kept: start the cluster again, then run the same command again"
            )
            raise Transient("cluster_lost", message)
