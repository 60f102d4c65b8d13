"""Joining a Ray cluster, and seeing what it is made of while a run goes on."""

from __future__ import annotations

import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ray
from ray._private import worker as ray_worker
from ray._private.state import state as ray_state  # no public call tells draining nodes
from ray.exceptions import RayError

from manifests.errors import ManifestUnusable, Transient

_KNOCK_S = 10.0
_HEAD_MISSES = 3
"""Knocks in vain at the head, one a census, before it counts as lost."""

_GOODBYE_S = 5.0

_ADDRESS = re.compile(r"(ray://)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSnapshot:
    """The nodes that may be given work, and what they have in all."""

    nodes: frozenset[str]
    resources: dict[str, float]


class ClusterLost(Transient):
    """The head or the last node is gone: no row's fault, and no row's failure."""

    def __init__(self, how: str) -> None:
        message = (
            f"the Ray cluster is lost: {how}; what was finished is kept: start the cluster again,"
            " then run the same command again"
        )
        super().__init__("cluster_lost", message)
        self.how = how


class JoinedRay:
    """A cluster that others started; a run that loses it ends."""

    restarts = 0

    def __init__(self, address: str) -> None:
        self._address = address

    def enter(self) -> None:
        """Join it. Raises `ManifestUnusable` when nobody answers there or the token is refused."""
        if self._address != "auto" and not _ADDRESS.fullmatch(self._address):
            message = (
                f"--address {self._address} is no address of a Ray cluster: give HOST:PORT as"
                " `ray start --head` told it (port 6379), or auto on a machine of the cluster"
            )
            raise ManifestUnusable("address_wrong", message)
        with joining(self._address):
            probe(self._address, _KNOCK_S)
            ray.init(address=self._address, log_to_driver=False, configure_logging=False)

    def leave(self, *, lost: bool) -> None:
        """Let it go; one that is lost is not waited for long."""
        goodbye(_GOODBYE_S if lost else None)

    def gone(self, patience_s: float) -> str:
        """Whether the raylet that the run works through is gone; its socket tells at once."""
        node = ray_worker._global_node  # noqa: SLF001 - no public call tells the raylet
        if node is None or not patience_s:  # not asked each second: a raylet writes down each knock
            return ""
        try:
            with socket.socket(socket.AF_UNIX) as raylet:
                raylet.settimeout(patience_s)
                raylet.connect(node.raylet_socket_name)
        except (ConnectionRefusedError, FileNotFoundError):
            return "the raylet of this machine is gone"
        except OSError:
            return ""
        return ""


@contextmanager
def joining(whose: str) -> Iterator[None]:
    """Ray's own signal handler and its messages are kept out; errors become `ManifestUnusable`."""
    stop = signal.getsignal(signal.SIGTERM)  # Ray puts its own in its place
    ray_worker.print_to_stdstream = _to_nobody
    try:
        yield
    except (ConnectionError, OSError, RuntimeError, ValueError, RayError) as error:
        message = f"the Ray cluster {whose} cannot be used: {error}"
        raise ManifestUnusable("cluster_unreachable", message) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, stop)


def _to_nobody(data: object, ignore_prefix: bool) -> None:
    """What a raylet said last is 20 lines of its state; the run says that it is gone."""


def goodbye(wait_s: float | None) -> None:
    """Leave the cluster; wait for that so long, None for as long as it takes."""
    leaving = threading.Thread(target=ray.shutdown, daemon=True)
    leaving.start()
    leaving.join(wait_s)


def probe(address: str, timeout_s: float) -> None:
    """Ray waits for minutes where nobody listens; a plain connection tells at once."""
    found = _ADDRESS.fullmatch(address)
    if found:
        host, port = found[2].strip("[]"), int(found[3])
        socket.create_connection((host, port), timeout=timeout_s).close()


class ClusterMonitor:
    """Counts the cluster, and notices when its head or its last node is gone."""

    def __init__(self) -> None:
        self._head = ray.get_runtime_context().gcs_address
        self._misses = 0

    def census(self) -> ClusterSnapshot | None:
        """The nodes now; None while the head does not answer, `ClusterLost` when it is lost or no
        node is left.

        Nodes that drain (they were told to end) are left out.
        """
        try:
            probe(self._head, _KNOCK_S / 5)
        except OSError as error:
            self._missed(error)
            return None
        self._misses = 0
        draining = ray_state.get_draining_nodes()
        there = [node for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
        if not there:
            raise ClusterLost("no node of it is left")
        staying = [node for node in there if node["NodeID"] not in draining]
        total: Counter[str] = Counter()
        for node in staying:
            total.update(node["Resources"])
        return ClusterSnapshot(
            nodes=frozenset(node["NodeID"] for node in staying), resources=dict(total)
        )

    def _missed(self, error: OSError) -> None:
        self._misses += 1
        if self._misses >= _HEAD_MISSES:
            raise ClusterLost(f"its head at {self._head} is gone ({error})")


def largest_bytes() -> int:
    """The memory of the node that has most of it, as Ray counts it."""
    there = (node for node in ray.nodes() if node["Alive"])  # type: ignore[no-untyped-call]
    return int(max((node["Resources"].get("memory", 0) for node in there), default=0))
