"""Unix permissions as a pure question, against the kernel's own answer."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from missing import only_root

from agent.check.permissions import ENTER, READ, WRITE, Account, FileRights, may

PETRA = Account("petra", 1000, frozenset({1000, 20}))


@pytest.mark.parametrize(
    ("uid", "gid", "mode", "allowed"),
    [
        (0, 20, 0o660, True),
        (0, 5, 0o660, False),
        (0, 5, 0o666, True),
        (1000, 5, 0o600, True),
        (1000, 20, 0o060, False),  # the owner is not asked as a member of the group
        (0, 20, 0o606, False),  # nor the group as others
        (0, 20, 0o640, False),
    ],
)
def test_the_first_of_owner_group_and_others_that_the_account_is_decides(uid, gid, mode, allowed):
    assert may(PETRA, FileRights(uid, gid, "dialout", mode), READ | WRITE) is allowed


@given(st.integers(0, 0o777), st.integers(0, 7))
def test_root_may_everything(mode, wanted):
    assert may(Account("root", 0, frozenset()), FileRights(7, 7, "x", mode), wanted)


def test_a_file_in_a_folder_that_others_may_not_enter_is_not_readable_by_them():
    assert FileRights(0, 0, "root", 0o644).world_readable
    assert not FileRights(0, 0, "root", 0o644, reachable=False).world_readable
    assert not FileRights(0, 0, "root", 0o640).world_readable


@only_root("become other users")
def test_the_kernel_agrees(tmp_path):
    file = tmp_path / "port"
    file.touch()
    cases = [
        (uid, gid, mode)
        for uid in (0, 1000)
        for gid in (5, 20)
        for mode in (0o600, 0o060, 0o006, 0o640, 0o777)
    ]
    ask = (
        "import os, sys\n"
        "folder = os.open(sys.argv[1], os.O_PATH)\n"
        "os.setgroups([20]); os.setresgid(1000, 1000, 1000); os.setresuid(1000, 1000, 1000)\n"
        "print(*[int(os.access(name, os.R_OK | os.W_OK, dir_fd=folder)) for name in sys.argv[2:]])\n"
    )
    for index, (uid, gid, mode) in enumerate(cases):
        (tmp_path / str(index)).touch()
        os.chown(tmp_path / str(index), uid, gid)
        (tmp_path / str(index)).chmod(mode)
    tmp_path.chmod(0o755)
    command = [sys.executable, "-c", ask, str(tmp_path), *map(str, range(len(cases)))]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    ours = [may(PETRA, FileRights(uid, gid, "", mode), READ | WRITE) for uid, gid, mode in cases]
    assert [answer == "1" for answer in output] == ours
    assert ENTER == os.X_OK
