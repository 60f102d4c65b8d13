"""People are told sentences on the terminal; what the progress shows is not told twice."""

from __future__ import annotations

import logging

import pytest

from jobs.logs.terminal import LOGGER as OURS
from jobs.logs.terminal import told_on_terminal

LOGGER = logging.getLogger("rushes.lease")


def test_a_sentence_is_told_once_also_in_a_run_within_a_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with told_on_terminal(), told_on_terminal():
        LOGGER.warning("%s waits", "a\x1b[2Jrun")
        LOGGER.info("100 % done")
    assert capsys.readouterr().err == "a\\u001b[2Jrun waits\n100 % done\n"
    assert (OURS.handlers, OURS.level, OURS.propagate) == ([], logging.NOTSET, True)


def test_the_level_bounds_what_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with told_on_terminal("error"):
        LOGGER.warning("quiet")
        LOGGER.error("loud")
    assert capsys.readouterr().err == "loud\n"


@pytest.mark.parametrize("name", ["rushes.worker", "rushes.driver", "rushes.run"])
def test_what_happens_to_each_job_is_in_the_file_alone(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with told_on_terminal():
        logging.getLogger(name).warning("a row failed")
    assert capsys.readouterr().err == ""
