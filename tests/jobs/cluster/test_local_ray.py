"""The Ray that a run starts for itself: who reaches it, what it leaves behind, where it lies."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import ray
from ray._private import worker as ray_worker

from jobs.cluster.local_ray import LocalRay, refuse_open, short_base
from manifests.errors import ManifestUnusable
from tests.ray_heads import ONE_KNOCK

LONG_TMPDIR = "slurm_jobdir_of_the_night/job_1355700_render_portraits/task_0016_of_the_evening/tmp"
STRANGER = """
import sys, ray
ray.init(address=sys.argv[1], log_to_driver=False, configure_logging=False)
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRay]:
    """A Ray of a machine whose TMPDIR is too long for sockets."""
    tmpdir = tmp_path_factory.mktemp("long") / LONG_TMPDIR
    tmpdir.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmpdir))
        patch.setenv("HOME", str(tmpdir))
        patch.delenv("RAY_AUTH_TOKEN", raising=False)
        made = LocalRay()
        made.enter()
        yield made
        folder = session_folder()
        made.leave(lost=False)
        assert not folder.exists()
        assert "RAY_AUTH_TOKEN" not in os.environ
        assert not (tmpdir / ".ray").exists()  # no token that others could read


def session_folder() -> Path:
    """The folder that is ours; Ray's own is in it."""
    assert ray_worker._global_node is not None
    return Path(ray_worker._global_node.get_session_dir_path()).parents[1]


@pytest.mark.ray
@pytest.mark.usefixtures("own")
def test_all_of_our_ray_listens_on_loopback_alone() -> None:
    ray.get(ray.remote(lambda: 1).remote())
    me = psutil.Process()
    heard = [
        (process.name(), found.laddr)
        for process in [me, *me.children(recursive=True)]
        for found in process.net_connections("inet")
        if found.status == psutil.CONN_LISTEN
    ]
    assert {name for name, _ in heard} >= {"raylet", "gcs_server"}
    assert [at for at in heard if at[1].ip not in {"127.0.0.1", "::ffff:127.0.0.1", "::1"}] == []


@pytest.mark.ray
@pytest.mark.usefixtures("own")
def test_what_a_run_asks_nothing_of_is_not_started() -> None:
    started = {name for process in psutil.Process().children() for name in process.cmdline()}
    asked_nothing = {"monitor.py", "log_monitor.py", "dashboard.py"}
    assert {Path(name).name for name in started}.isdisjoint(asked_nothing)


@pytest.mark.ray
@pytest.mark.usefixtures("own")
def test_a_user_of_the_machine_without_the_token_of_the_run_is_refused() -> None:
    address = ray.get_runtime_context().gcs_address
    without = {name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")}
    stranger = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", STRANGER, address],
        env=without | ONE_KNOCK,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert stranger.returncode != 0
    assert "token" in stranger.stderr.lower()


@pytest.mark.ray
@pytest.mark.usefixtures("own")
def test_only_we_enter_the_folder_of_our_ray_and_its_name_is_short() -> None:
    folder = session_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == os.getuid()
    sockets = folder.rglob("plasma_store")
    assert all(len(os.fsencode(path)) <= 107 for path in sockets)


def test_temporary_files_stay_where_they_are_wanted_if_the_names_of_sockets_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/scratch")
    assert short_base() == Path("/scratch")
    monkeypatch.setattr("tempfile.tempdir", "/mnt/" + "x" * 17)
    assert short_base() == Path("/tmp")  # noqa: S108 - the name alone


@pytest.mark.parametrize("mode", ["disabled", "DISABLED", "k8s"])
def test_an_environment_that_opens_ray_to_everybody_is_refused(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", mode)
    with pytest.raises(ManifestUnusable, match="unset it") as error:
        LocalRay().enter()
    assert error.value.code == "ray_open"
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    refuse_open()
