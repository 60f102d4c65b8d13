"""The cluster's examples parse and name commands that exist."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import click
import pytest
import ray
import typer.main
import yaml
from ray.dashboard.modules.job import job_supervisor
from ray.scripts.scripts import cli as ray_cli

from jobs.cli import app

ROOT = Path(__file__).parents[1]
CLUSTER = ROOT / "examples/cluster"


def parsed(words: list[str]) -> None:
    """Fails where a `rushes` or `ray` command or one of its flags does not exist."""
    group = typer.main.get_command(app) if words[0] == "rushes" else ray_cli
    while isinstance(group, click.Group) or hasattr(group, "commands"):
        words = words[1:]
        group = group.commands[words[0]]
    group.make_context(words[0], words[1:], resilient_parsing=False)


def test_the_cluster_file_starts_ray_with_a_token() -> None:
    told = yaml.safe_load((CLUSTER / "ray-cluster.yaml").read_text())
    commands = told["head_start_ray_commands"] + told["worker_start_ray_commands"]
    starts = [text for text in commands if "start" in text]
    assert all(text.startswith("RAY_AUTH_MODE=token ") for text in starts)
    for text in commands:
        parsed([word for word in shlex.split(text) if not word.startswith("RAY_")])


def test_the_kubernetes_night_runs_a_command_that_exists_on_the_ray_of_the_lock() -> None:
    told = yaml.safe_load((CLUSTER / "rayjob.yaml").read_text())["spec"]
    parsed(shlex.split(told["entrypoint"]))
    cluster = told["rayClusterSpec"]
    assert cluster["rayVersion"] == ray.__version__
    assert cluster["authOptions"] == {"mode": "token"}
    (gpus,) = cluster["workerGroupSpecs"]
    limits = gpus["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert limits["nvidia.com/gpu"] == 1


def test_the_image_copies_files_that_exist() -> None:
    text = (CLUSTER / "Dockerfile").read_text()
    named = re.findall(r"-r (requirements/\S+)", text)
    assert len(named) == 2
    assert all((ROOT / name).is_file() for name in named)


def test_the_image_does_not_run_as_root() -> None:
    lines = (CLUSTER / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["rushes"]
    assert not [line for line in lines[lines.index("USER rushes") :] if line.startswith("RUN ")]


def test_the_ray_job_of_the_page_is_a_command_that_exists() -> None:
    told = re.findall(r"`(ray job submit [^`]+)`", (ROOT / "docs/cluster.md").read_text())
    assert told
    for text in told:
        submit, entrypoint = text.split(" -- ")
        parsed([*shlex.split(submit), "--", "true"])
        parsed(shlex.split(entrypoint))


@pytest.mark.parametrize("variable", ["RAY_JOB_STOP_WAIT_TIME_S"])
def test_a_variable_of_the_page_is_one_that_ray_reads(variable: str) -> None:
    assert variable in inspect.getsource(job_supervisor)
    for place in ("docs/cluster.md", "examples/cluster/ray-cluster.yaml"):
        assert f"{variable}=300" in (ROOT / place).read_text()


@pytest.mark.parametrize("command", ["start", "stop", "get-auth-token"])
def test_the_page_names_commands_of_ray_that_exist(command: str) -> None:
    assert f"ray {command}" in (ROOT / "docs/cluster.md").read_text()
    assert command in ray_cli.commands
