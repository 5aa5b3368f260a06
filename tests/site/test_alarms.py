"""Alarms and the dashboard ask for metrics that there are, and each alarm is explained."""

import json
import re

import pytest
import yaml
from prometheus_client import REGISTRY

from recognizer import metrics
from tests.site.imports import PROJECT_DIR
from training import site_state, task_metrics
from training.backups import nightly

ALERTS = (PROJECT_DIR / "deploy" / "prometheus" / "alerts.yml").read_text()
DASHBOARD = (PROJECT_DIR / "deploy" / "grafana" / "digits.json").read_text()
EXPLAINED = (PROJECT_DIR / "docs" / "alarms.md").read_text()
ENDS = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"], "gauge": [""]}


@pytest.fixture
def known(db, monkeypatch, settings, tmp_path) -> set[str]:
    """The names of all metrics that the site can tell."""
    from django.utils import timezone

    from recognizer import versions
    from tests.training.making import weights_file

    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR = tmp_path / "shipped"
    versions.ensure_shipped()
    monkeypatch.setattr(site_state.broker, "depths", lambda queues: (dict.fromkeys(queues, 0), ""))
    monkeypatch.setattr(nightly, "newest", timezone.now)
    site_state.forget()
    assert metrics.REQUESTS
    assert task_metrics.TASKS  # imported, and so in the registry
    told = [*REGISTRY.collect(), *site_state.SiteState().collect()]
    site_state.forget()
    return {metric.name + end for metric in told for end in ENDS.get(metric.type, [""])}


def asked_for(text: str) -> set[str]:
    return set(re.findall(r"digits_[a-z_]+", text))


def alarms() -> list[str]:
    return re.findall(r"- alert: (\w+)", ALERTS)


def expressions() -> list[str]:
    return [rule["expr"] for group in yaml.safe_load(ALERTS)["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("text", [ALERTS, DASHBOARD], ids=["alarms", "dashboard"])
def test_every_metric_that_is_asked_for_is_told(known, text):
    assert len(asked_for(text)) > 10
    assert asked_for(text) - known == set()


def test_every_alarm_is_explained_where_it_says():
    assert len(alarms()) > 15
    assert re.findall(r"^## (\w+)$", EXPLAINED, re.MULTILINE) == alarms()
    assert re.findall(r'runbook: "docs/alarms\.md#(\w+)"', ALERTS) == [name.lower() for name in alarms()]


def test_the_dashboard_asks_whatever_prometheus_it_is_given():
    panels = [panel for panel in json.loads(DASHBOARD)["panels"] if panel["type"] != "row"]
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["targets"] for panel in panels)


def test_no_alarm_takes_a_room_s_own_version_for_a_process_that_lags_behind():
    """All versions of rooms are one value of the label, beside the live one."""
    [by_version] = [expression for expression in expressions() if "by (version)" in expression]
    [chosen] = re.findall(r"digits_recognitions_total(?:{(.*?)})?\[", by_version)
    assert chosen == f'version!="{metrics.OF_A_ROOM}"'


def test_settings_that_the_explanations_name_exist():
    from digits_site.settings import env

    names = set(re.findall(r"`([A-Z][A-Z_]{5,})`", EXPLAINED))
    assert names <= set(env.defaults)
