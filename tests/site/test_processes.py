"""The command lines of the site's processes: what they have to say, since nothing else says it."""

import pytest

from digits_site.supervise.processes import all_processes


def option(process: str, name: str) -> str:
    command = next(each.command for each in all_processes(0) if each.name == process)
    return command[command.index(name) + 1]


@pytest.mark.parametrize(("process", "at_once"), [("train", "1"), ("light", "2")])
def test_one_training_runs_at_a_time_and_light_work_does_not_wait_for_an_export(process, at_once):
    assert option(process, "--queues") == process
    assert option(process, "--concurrency") == at_once


def test_how_much_light_work_is_done_at_once_is_a_setting(settings):
    settings.LIGHT_TASKS_AT_ONCE = 4
    assert option("light", "--concurrency") == "4"
