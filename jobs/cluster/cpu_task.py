"""A task that needs only a CPU, carried out under a limit of time and of memory
(docs/decisions/0437)."""

from __future__ import annotations

import faulthandler
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import ray

from jobs.cluster.generator_actor import LOG_WAIT_S, Call, tool_cache
from jobs.engine.worker import Outcome, execute
from jobs.engine.worker_health import HealthPolicy
from jobs.logs.process_log import store_logs
from manifests.errors import RushesError
from manifests.job import Job
from manifests.storage import storage_of
from model.shapes import FPS
from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.finishing.pace import UNKNOWN_AT_MOST, finishing_s
from pipeline.media.framing import Size
from pipeline.media.picture.best_frame import is_video
from pipeline.nouns import TakeClips
from pipeline.sidecar import PublishRequest
from pipeline.split import SplitRequest
from pipeline.workspace.inputs import input_uris

USUAL_BYTES = 2 * 2**30
"""What Ray sets aside for each: a picture of 80 million pixels and the models came to 1.2 GB."""

_SECOND_BYTES = 4000
"""Bytes: a second of a recording or video has at least these. Bounds a length that is unknown."""

_LETTERS_A_SECOND = 10.0

_LONGEST_S = 7200.0


@ray.remote(max_retries=0)
def on_cpu(call: Call, health: HealthPolicy) -> Outcome:
    recipe, item, workspace, labels = call
    with bounded(item, health):
        outcome = execute(tool_cache(), recipe, item, workspace, labels)
    store_logs(LOG_WAIT_S)  # the driver may end, and this process with it, as soon as it is told
    failure = outcome.failure
    if failure is None or failure.code != "host_out_of_memory":
        return outcome
    told = f"{failure.message} (such a task may take {health.cpu_memory_gb:g} GB: cpu_memory_gb)"
    return replace(outcome, failure=replace(failure, message=told))


@contextmanager
def bounded(item: object, health: HealthPolicy) -> Iterator[None]:
    """This process ends when the work takes too long, also in code that never comes back to
    Python, and gets no more memory than it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = int(health.cpu_memory_gb * 2**30)
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    faulthandler.dump_traceback_later(limit_s(item, health), exit=True, file=2)  # the worker's log
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def limit_s(item: object, health: HealthPolicy) -> float:
    """How long a task may take: `cpu_hang_s`, and `cpu_hang_times` the seconds of sound in it."""
    return health.cpu_hang_s + health.cpu_hang_times * seconds_of(item)


def seconds_of(item: object) -> float:
    """The seconds of sound and picture that a task works on, or the most they can be."""
    match item:
        case Job(script=script):
            spoken_s = len(script or "") / _LETTERS_A_SECOND
            return min(spoken_s, _LONGEST_S) + _played_s(item)
        case SplitRequest(take=take) | TakeClips(take=take):
            return take.frames / FPS
        case MasterRequest(reel=reel, further=further):
            return reel.take.frames / FPS * (1 + len(further)) + _enlarged_s(item)
        case PublishRequest(reel=reel):
            return reel.take.frames / FPS
        case _:
            return _LONGEST_S


def _enlarged_s(item: MasterRequest) -> float:
    """What the networks of its profiles may take for the drawn frames."""
    take = item.reel.take
    drawn = Size(width=take.width, height=take.height)
    asked = (profile.finish for profile in item.profiles)
    return finishing_s(asked, drawn, take.frames, unknown=UNKNOWN_AT_MOST)


def _played_s(job: Job) -> float:
    """Of the files of a row that are played: by their size, as long as they can be."""
    still = () if is_video(job.portrait_uri) else (job.portrait_uri,)
    played = [uri for uri in input_uris(job) if uri not in (*still, job.lexicon_uri)]
    return sum(min(_bytes_of(uri) / _SECOND_BYTES, _LONGEST_S) for uri in played)


def _bytes_of(uri: str) -> int:
    """Nothing of a file that is not there: its task will say so."""
    try:
        stat = storage_of(uri).stat(uri)
    except RushesError:
        return 0
    return stat.bytes if stat else 0
