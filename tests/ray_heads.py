"""Heads of simulated clusters, without what no test asks of them."""

from __future__ import annotations

import pytest
from ray._private import services
from ray.cluster_utils import Cluster

LEAN = {"include_dashboard": False, "include_log_monitor": False, "no_monitor": True}
"""Three processes fewer to start, each of which takes seconds to import Ray."""

ONE_KNOCK = {"RAY_NUM_REDIS_GET_RETRIES": "1"}
"""To the environment of who is to be refused: Ray knocks 20 times, a second apart."""


def a_head(cpus: int) -> Cluster:
    """A cluster of one node, whose start waits for no dashboard (Ray starts one in any case)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "start_api_server", _no_dashboard)
        return Cluster(initialize_head=True, head_node_args={"num_cpus": cpus, **LEAN})


def _no_dashboard(*_given: object, **_named: object) -> tuple[None, None]:
    return None, None
