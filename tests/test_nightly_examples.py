"""The nightly examples are read by the programs that they are for, and name commands that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from tests.test_cluster_examples import CLUSTER, ROOT, parsed

NIGHTLY = ROOT / "examples/nightly"
CALL = "/opt/rushes/bin/rushes"
AT = (30, 20)


def unit(name: str) -> ConfigParser:
    found = ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # names as they are written
    found.read(NIGHTLY / name)
    return found


def command(text: str) -> list[str]:
    words = shlex.split(text)
    assert words[0] == CALL
    return ["rushes", *words[1:]]


def test_cron_calls_a_command_that_exists_once_at_a_time() -> None:
    (line,) = re.findall(r"^\d.*", (NIGHTLY / "rushes.cron").read_text(), re.MULTILINE)
    minute, hour, *days, user, rest = line.split(maxsplit=6)
    assert ((int(minute), int(hour)), days, user) == (AT, ["*"] * 3, "rushes")
    lock, call = rest.split(f" {CALL} ")
    assert lock.split()[:2] == ["flock", "-n"]
    assert "%" not in rest  # cron makes new lines of them
    parsed(command(f"{CALL} {call.split(' >>')[0]}"))


def test_the_unit_calls_the_same_command_and_leaves_the_end_to_it() -> None:
    service = unit("rushes-night.service")["Service"]
    parsed(command(service["ExecStart"]))
    assert service["ExecStart"] in (NIGHTLY / "rushes.cron").read_text()
    assert (service["KillMode"], service["RestartPreventExitStatus"]) == ("mixed", "2")
    told = unit("rushes-night.timer")["Timer"]["OnCalendar"]
    assert told == f"*-*-* {AT[1]}:{AT[0]}:00"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in ("rushes-night.service", "rushes-night.timer"):
        text = (NIGHTLY / name).read_text().replace(CALL, "/bin/true")  # that has to be there
        (tmp_path / name).write_text(text)
    words = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours
    assert (ended.returncode, "rushes-night" in ended.stderr) == (0, False), ended.stderr


def test_kubernetes_makes_a_night_that_has_one_name_and_goes_away() -> None:
    cron, account, role, binding = yaml.safe_load_all(
        (NIGHTLY / "kuberay-cronjob.yaml").read_text()
    )
    minute, hour = cron["spec"]["schedule"].split()[:2]
    assert ((int(minute), int(hour)), cron["spec"]["concurrencyPolicy"]) == (AT, "Forbid")
    pod = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["command"][:2] == ["kubectl", "create"]
    assert Path(container["command"][-1]).name == "rayjob.yaml"
    assert pod["serviceAccountName"] == account["metadata"]["name"]
    assert binding["subjects"][0]["name"] == account["metadata"]["name"]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    night = yaml.safe_load((CLUSTER / "rayjob.yaml").read_text())
    assert "name" in night["metadata"]
    assert night["spec"]["shutdownAfterJobFinishes"]
    assert night["spec"]["ttlSecondsAfterFinished"] > 0
    (rule,) = role["rules"]
    assert (rule["apiGroups"], rule["verbs"]) == (["ray.io"], ["create"])
    assert night["apiVersion"].startswith("ray.io/")


def test_the_page_names_the_files_that_are_there() -> None:
    text = (NIGHTLY / "README.md").read_text()
    files = {path.name for path in NIGHTLY.iterdir()} - {"README.md"}
    assert {name for name in files if name in text or f"`.{name.rsplit('.')[-1]}`" in text} == files
    (call,) = re.findall(r"^    (rushes .*)", text, re.MULTILINE)
    parsed(shlex.split(call))
