from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from agent.decision.changes import Change
from agent.decision.verdict import Reason
from agent.onlinesim.report import ReportOutcome
from agent.status.metrics import Metrics
from agent.status.snapshot import SharedPortRow
from tests.agent.shown_bank import NOW, ShownBank, troubled_bank
from tests.agent.shown_fleet import fleet

MONITORING = Path(__file__).parents[3] / "monitoring"


def metrics_of(bank: ShownBank) -> Metrics:
    return Metrics(bank.snapshot, clock=bank.clock, version="1.2.3")


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return samples(metrics)[name, tuple(sorted(labels.items()))]


def used_names(text: str) -> set[str]:
    return set(re.findall(r"\b(?:simbank|process)_[a-z0-9_]+\b", text)) - {"simbank_agent"}


def exported_names() -> set[str]:
    bank = troubled_bank(64)
    bank.fleet = fleet()
    return {name for name, _ in samples(Metrics(bank.snapshot, clock=bank.clock, version="1", fleet=True))}


def promtool(*arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess:
    tool = shutil.which("promtool")
    assert tool, "Debian's package prometheus has promtool"
    return subprocess.run([tool, *arguments], input=stdin, capture_output=True, check=False, timeout=200)


def test_modules_are_counted_by_reason_and_every_reason_has_its_series():
    bank = ShownBank(8)
    bank.set("Port1", "no_sim")
    bank.set("Port2", "no_sim")
    told = metrics_of(bank)
    assert value(told, "simbank_modules", reason="no_sim") == 2
    assert value(told, "simbank_modules", reason="live") == value(told, "simbank_live") == 6
    assert {dict(labels)["reason"] for name, labels in samples(told) if name == "simbank_modules"} == set(
        Reason
    )


def test_each_group_tells_how_many_of_its_modules_are_live():
    bank = ShownBank(20)
    bank.set("Port17", "unplugged")
    told = metrics_of(bank)
    assert value(told, "simbank_group_modules", group="USB 1-1.2") == 4
    assert value(told, "simbank_group_live", group="USB 1-1.2") == 3


def test_times_are_in_seconds_and_follow_the_clock():
    bank = ShownBank()
    told = metrics_of(bank)
    bank.now += 10
    assert value(told, "simbank_last_accepted_report_age_seconds") == 93
    assert value(told, "simbank_next_heartbeat_seconds") == 147
    assert value(told, "simbank_uptime_seconds") == 86_400 * 3 + 10


def test_an_age_that_does_not_exist_is_absent_rather_than_zero():
    bank = ShownBank()
    bank.accepted_at = bank.heartbeat_at = None
    names = {name for name, _ in samples(metrics_of(bank))}
    assert "simbank_last_accepted_report_age_seconds" not in names
    assert "simbank_next_heartbeat_seconds" not in names


def test_selling_is_one_only_while_something_is_really_sold():
    bank = ShownBank()
    told = metrics_of(bank)
    assert (value(told, "simbank_selling"), value(told, "simbank_test_mode")) == (1, 0)
    bank.agent = dataclasses.replace(bank.agent, sandbox=True)
    assert (value(told, "simbank_selling"), value(told, "simbank_test_mode")) == (0, 1)


def test_what_happens_is_counted():
    bank = ShownBank()
    bank.missed_windows = 2
    bank.rows[0] = dataclasses.replace(bank.rows[0], client=SharedPortRow(since_at=NOW, waited_s=0.0))
    told = metrics_of(bank)
    told.reported(ReportOutcome.REFUSED, 0.3)
    told.answered(0.015)
    told.answered(7.0)
    told.timed_out()
    told.unsolicited()
    told.reconnected()
    told.client_waited(0.02)
    told.question_waited(0.5)
    assert value(told, "simbank_reports_total", outcome="refused") == 1
    assert value(told, "simbank_reports_total", outcome="accepted") == 0
    assert value(told, "simbank_report_duration_seconds_count") == 1
    assert value(told, "simbank_command_duration_seconds_bucket", le="0.02") == 1
    assert value(told, "simbank_command_duration_seconds_sum") == pytest.approx(7.015)
    assert value(told, "simbank_client_wait_seconds_count") == 1
    assert value(told, "simbank_question_wait_seconds_count") == 1
    assert value(told, "simbank_clients") == 1
    assert value(told, "simbank_missed_windows_total") == 2
    for counter in ("simbank_command_timeouts_total", "simbank_urcs_total", "simbank_reconnects_total"):
        assert value(told, counter) == 1


def test_the_build_is_told():
    assert value(metrics_of(ShownBank()), "simbank_build_info", version="1.2.3", mode="list") == 1


def test_no_label_and_no_text_holds_personal_data():
    bank = troubled_bank(64)
    first = bank.rows[0]
    bank.rows[0] = dataclasses.replace(first, name=f"Modem-{first.imei}", place="usb-1-1.2:1.0")
    bank.rows[1] = dataclasses.replace(bank.rows[1], name=f"{first.iccid}-2", place=f"tty-{first.imei}")
    told = metrics_of(bank)
    text = told.render().decode()
    for module in bank.rows:
        for personal in (module.number, module.iccid, module.imsi, module.imei):
            assert personal is None or personal not in text
    assert value(told, "simbank_module_live", module="usb-1-1.2:1.0") == first.live
    assert value(told, "simbank_module_live", module="USB 1-1.1") == bank.rows[1].live


def test_each_module_has_its_series_which_vanish_with_it():
    bank = ShownBank(3)
    bank.set("Port2", "searching")
    bank.rows[2] = dataclasses.replace(bank.rows[2], signal_dbm=None, seen_at=None)
    told = metrics_of(bank)
    for before, reason in ((None, "live"), ("live", "no_sim"), ("no_sim", "settling"), ("settling", "live")):
        told.changed(Change(True, True, "Port1", None, None, reason, before=before))
    assert [value(told, "simbank_module_live", module=f"Port{n}") for n in (1, 2, 3)] == [1, 0, 1]
    assert value(told, "simbank_module_signal_dbm", module="Port1") == -70
    assert value(told, "simbank_module_last_answer_seconds", module="Port2") == 2
    assert value(told, "simbank_module_joins_total", module="Port1") == 1
    assert value(told, "simbank_module_losses_total", module="Port1") == 1
    of_third = {name for name, labels in samples(told) if ("module", "Port3") in labels}
    assert of_third == {"simbank_module_live", "simbank_module_joins_total", "simbank_module_losses_total"}
    first = bank.rows.pop(0)
    assert not any(("module", "Port1") in labels for _, labels in samples(told))
    bank.rows.insert(0, first)
    assert value(told, "simbank_module_losses_total", module="Port1") == 0


def test_two_agents_in_one_process_count_apart():
    one, other = metrics_of(ShownBank()), metrics_of(ShownBank())
    one.unsolicited()
    assert (value(one, "simbank_urcs_total"), value(other, "simbank_urcs_total")) == (1, 0)


def test_promtool_finds_no_fault_in_the_exposition():
    checked = promtool("check", "metrics", stdin=metrics_of(troubled_bank(64)).render())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_promtool_finds_no_fault_in_the_alert_rules():
    checked = promtool("check", "rules", "--lint=all", "--lint-fatal", str(MONITORING / "alerts.yml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_promtool_finds_no_fault_in_the_example_of_a_scrape_configuration(tmp_path):
    text = (MONITORING / "prometheus.yml").read_text()
    token = tmp_path / "token"
    token.write_text("correct-horse-battery")
    (tmp_path / "alerts.yml").write_bytes((MONITORING / "alerts.yml").read_bytes())
    config = tmp_path / "prometheus.yml"
    config.write_text(text.replace("/etc/prometheus/simbank_token", str(token)))
    checked = promtool("check", "config", "--lint=all", "--lint-fatal", str(config))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "authorization:" in text


def test_the_example_of_a_route_takes_every_alert_to_a_receiver_that_is_there():
    yaml = YAML(typ="safe")
    route = yaml.load((MONITORING / "alertmanager.yml").read_text())
    rules = yaml.load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
    told = {one["name"] for one in route["receivers"]}
    assert {one["receiver"] for one in (route["route"], *route["route"]["routes"])} == told
    severities = {rule["labels"]["severity"] for rule in rules}
    matched = set(re.findall(r'severity="(\w+)"', str(route["route"]["routes"])))
    assert matched < severities
    (source,) = re.findall(r'alertname="(\w+)"', str(route["inhibit_rules"]))
    assert source in {rule["alert"] for rule in rules}


def test_the_alerts_fire_when_they_should_and_only_then():
    checked = promtool("test", "rules", str(MONITORING / "alerts_test.yml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_has_a_test_in_which_it_fires():
    rules = set(re.findall(r"- alert: (\w+)", (MONITORING / "alerts.yml").read_text()))
    tested = (MONITORING / "alerts_test.yml").read_text()
    firing = set(re.findall(r"alertname: (\w+)\n +exp_alerts:", tested))
    assert rules == firing


@pytest.mark.parametrize("name", ["alerts.yml", "alerts_test.yml", "grafana-dashboard.json"])
def test_alerts_and_dashboard_use_only_metrics_that_are_exported(name):
    used = used_names((MONITORING / name).read_text())
    assert used
    assert used - exported_names() == set()


def test_every_metric_of_ours_stands_on_the_dashboard():
    shown = used_names((MONITORING / "grafana-dashboard.json").read_text())
    families = {
        re.sub(r"_(bucket|sum|count)$", "", name) for name in exported_names() if name.startswith("simbank_")
    }
    shown_families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    assert families - shown_families == {"simbank_test_mode"}


def test_reasons_in_alerts_are_reasons_of_verdicts():
    named = set()
    for pattern in re.findall(r'reason=~?"([a-z_|]+)"', (MONITORING / "alerts.yml").read_text()):
        named |= set(pattern.split("|"))
    assert named <= set(Reason)


def test_the_dashboards_panels_have_a_data_source_a_question_and_a_place_of_their_own():
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        assert panel["title"]
        assert panel["targets"]
        assert all(target["expr"] and target["datasource"] for target in panel["targets"])
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
