"""Configured ports: there, allowed, free."""

import pytest

from agent.check.finding import Level
from agent.check.permissions import Account, FileRights
from agent.check.ports import PortFacts, check_ports
from drivers.errors import PortProblem, PortUnavailable
from drivers.wire import Holder

PETRA = Account("petra", 1000, frozenset({1000}))
DIALOUT = FileRights(0, 20, "dialout", 0o660)
FREE = PortFacts(path="/dev/ttyUSB0", rights=DIALOUT)


def found(*ports, account=PETRA, **seen):
    return list(check_ports(ports, account, **seen))


def test_what_an_ordinary_user_cannot_see_comes_with_the_command_that_shows_it():
    (finding,) = found(FREE, blind=True)
    assert finding.level is Level.OK
    assert "none held by another program" not in finding.text
    assert "whether a program of another user holds one cannot be seen" in finding.text
    assert finding.fix == "`sudo fuser -v /dev/ttyUSB0` shows it"


def test_ports_that_are_configured_and_not_there_are_counted():
    (finding,) = found(FREE, absent=1)
    assert finding.text.startswith("1 of 2 present")


def test_a_serial_server_that_does_not_answer_is_asked_after_by_its_address():
    for what in (PortProblem.BROKEN, PortProblem.GONE):
        refused = PortUnavailable(what, "socket://127.0.0.1:9: Connection refused")
        (finding,) = found(PortFacts(path="socket://127.0.0.1:9", unavailable=refused))
        assert finding.text == "socket://127.0.0.1:9: Connection refused"
        assert (
            finding.fix
            == "check that the serial server (ser2net) runs at 127.0.0.1:9, and that no firewall blocks it"
        )


def test_free_ports_are_counted():
    (finding,) = found(FREE, FREE)
    assert (finding.level, finding.text[:9]) == (Level.OK, "2 of 2 pr")


def test_no_port_at_all_is_a_problem():
    (finding,) = found()
    assert finding.level is Level.PROBLEM
    assert "scan" in finding.fix


def test_ports_of_a_group_that_the_user_is_not_in_are_one_finding_with_the_command_for_it():
    ports = [PortFacts(path=f"/dev/ttyUSB{n}", rights=DIALOUT, usable=False) for n in range(64)]
    (finding,) = found(*ports)
    assert finding.text == (
        "petra may not open /dev/ttyUSB0, /dev/ttyUSB1, /dev/ttyUSB2 and 61 more: this user is not in the group dialout"
    )
    assert finding.fix.startswith("sudo usermod -aG dialout petra, then log out")


def test_who_joined_the_group_after_login_logs_in_again():
    petra = Account("petra", 1000, frozenset({1000}), member_of=frozenset({1000, 20}))
    (finding,) = found(PortFacts(path="/dev/ttyUSB0", rights=DIALOUT, usable=False), account=petra)
    assert finding.fix == "log out and in again"


def test_a_port_that_no_group_may_use_needs_our_rules():
    rights = FileRights(0, 0, "root", 0o600)
    (finding,) = found(PortFacts(path="/dev/ttyUSB0", rights=rights, usable=False))
    assert finding.fix.startswith("sudo simbank-agent install")


def test_what_the_kernel_forbids_against_the_modes_is_reported_as_that():
    petra = Account("petra", 1000, frozenset({20}))
    forbidden = PortUnavailable(PortProblem.FORBIDDEN, "/dev/ttyUSB0: Operation not permitted")
    (finding,) = found(PortFacts(path="/dev/ttyUSB0", rights=DIALOUT, unavailable=forbidden), account=petra)
    assert "AppArmor" in finding.fix


def test_a_holder_is_named_with_its_pid():
    (finding,) = found(PortFacts(path="/dev/ttyUSB0", rights=DIALOUT, holder=Holder(312, "gammu-smsd")))
    assert (finding.level, finding.text) == (Level.PROBLEM, "/dev/ttyUSB0 is held by gammu-smsd (pid 312)")
    assert "fuser" not in finding.fix


def test_a_holder_out_of_our_sight_gets_the_command_that_shows_it():
    busy = PortUnavailable(PortProblem.BUSY, "busy", holder="sudo fuser -v /dev/ttyUSB0")
    for port in (
        PortFacts(path="/dev/ttyUSB0", rights=DIALOUT, unavailable=busy),
        PortFacts(
            path="/dev/ttyUSB0", rights=DIALOUT, holder=Holder(0, "the owner of /var/lock/LCK..ttyUSB0")
        ),
    ):
        (finding,) = found(port)
        assert finding.fix.startswith("`sudo fuser -v /dev/ttyUSB0` shows which")


def test_a_port_in_the_hands_of_the_running_agent_is_fine():
    held = PortFacts(
        path="/dev/ttyUSB0", rights=DIALOUT, holder=Holder(7, "simbank-agent"), held_by_agent=True
    )
    assert [finding.level for finding in found(held)] == [Level.OK]


def test_a_port_that_went_and_one_that_hangs_have_fixes_of_their_own():
    gone = PortFacts(path="/dev/ttyUSB0", unavailable=PortUnavailable(PortProblem.GONE, "gone"))
    hung = PortFacts(
        path="/dev/ttyUSB1", unavailable=PortUnavailable(PortProblem.BROKEN, "/dev/ttyUSB1 hangs")
    )
    first, second, third = found(gone, hung, FREE)
    assert "plug it in again" in first.fix
    assert second.text == "/dev/ttyUSB1 hangs"
    assert third.text.startswith("1 of 3 present")


@pytest.mark.parametrize(
    ("holder", "seen"), [("picocom (pid 20964)", True), ("the owner of /var/lock/LCK..ttyUSB0", False)]
)
def test_who_holds_a_port_is_named_as_opening_it_names_it(holder, seen):
    busy = PortUnavailable(PortProblem.BUSY, "busy", holder=holder)
    (finding,) = found(PortFacts(path="/dev/pts/7", rights=DIALOUT, unavailable=busy))
    assert finding.text == f"/dev/pts/7 is held by {holder}"
    assert ("fuser" in finding.fix) == (not seen)


def test_a_serial_server_that_turned_us_away_is_quoted():
    busy = PortUnavailable(PortProblem.BUSY, "busy", holder='the serial server says "Port already in use"')
    (finding,) = found(PortFacts(path="socket://bank:4001", unavailable=busy))
    assert finding.text == 'socket://bank:4001: the serial server says "Port already in use"'
    assert "fuser" not in finding.fix


def test_a_port_that_was_plugged_in_just_now_is_no_problem_of_rights():
    young = PortUnavailable(PortProblem.NOT_YET, "plugged in just now; udev has not finished with it")
    (finding,) = found(PortFacts(path="/dev/ttyUSB0", rights=DIALOUT, unavailable=young))
    assert finding.level is Level.WARNING
