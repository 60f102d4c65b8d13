"""Another world for a renderer: what it never declared is all different, and put back after."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import torch

VARIABLES = {"TZ": "Pacific/Auckland", "LANG": "tr_TR.UTF-8", "USER": "conformance", "SEED": "9"}
CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
LATER_S = 40_000_000
SEED = 20261129


@contextmanager
def disturbed() -> Iterator[None]:
    """Other variables of the environment, global random numbers, clocks and numbers of cores.

    Clocks are those that are asked as `time.time()`; another one is met by rendering twice.
    """
    with _variables(), _random_numbers(), _clocks(), _cores():
        yield


@contextmanager
def _variables() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(VARIABLES)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _random_numbers() -> Iterator[None]:
    ours, numpys, torchs = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002  the global one is meant
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002
    torch.manual_seed(SEED)
    try:
        yield
    finally:
        random.setstate(ours)
        np.random.set_state(numpys)  # noqa: NPY002
        torch.set_rng_state(torchs)


@contextmanager
def _clocks() -> Iterator[None]:
    before = {name: getattr(time, name) for name in CLOCKS}
    for name, clock in before.items():
        setattr(time, name, _later(clock, LATER_S * (10**9 if name.endswith("_ns") else 1)))
    try:
        yield
    finally:
        for name, clock in before.items():
            setattr(time, name, clock)


def _later(clock: Callable[[], float], by: int) -> Callable[[], float]:
    return lambda: clock() + by


@contextmanager
def _cores() -> Iterator[None]:
    """What libraries take a number of threads from. Not torch's own number: whoever loads a
    renderer sets that to one, in a night too."""
    cv2s, counted = cv2.getNumThreads(), os.cpu_count() or 1
    others: dict[str, Callable[..., object]] = {"cpu_count": lambda: counted + 1}
    if hasattr(os, "sched_getaffinity"):  # Linux
        others["sched_getaffinity"] = lambda *_: set(range(counted + 1))
    before = {name: getattr(os, name) for name in others}
    for name, other in others.items():
        setattr(os, name, other)
    cv2.setNumThreads(cv2s + 1)
    try:
        yield
    finally:
        cv2.setNumThreads(cv2s)
        for name, ours in before.items():
            setattr(os, name, ours)
