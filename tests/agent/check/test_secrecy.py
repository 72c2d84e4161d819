"""Files that others should not read."""

import pytest

from agent.check.finding import Level
from agent.check.permissions import FileRights
from agent.check.secrecy import PrivateFile, judge

OPEN, CLOSED = FileRights(0, 0, "root", 0o644), FileRights(0, 0, "root", 0o640)


@pytest.mark.parametrize(
    ("rights", "secret", "personal", "levels"),
    [
        (OPEN, True, False, [Level.PROBLEM]),
        (OPEN, False, True, [Level.WARNING]),
        (OPEN, True, True, [Level.PROBLEM]),
        (OPEN, False, False, []),
        (CLOSED, True, True, [Level.OK]),
    ],
)
def test_what_a_file_holds_decides_how_bad_it_is(rights, secret, personal, levels):
    found = list(judge([PrivateFile("config.yaml", "/etc/config.yaml", rights, secret, personal)]))
    assert [finding.level for finding in found] == levels


def test_the_mend_can_be_pasted_whatever_the_name():
    (found,) = judge([PrivateFile("config.yaml", "/srv/my bank/key", OPEN, secret=True)])
    assert found.mend == "chmod o-rwx '/srv/my bank/key'"
