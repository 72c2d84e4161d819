from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.onlinesim.account import AccountClaim, AccountInUse, account_of, holder_of

URL = "https://api.example.org"


@pytest.mark.parametrize(
    "same",
    [
        "https://API.example.org/",
        "https://api.example.org:443",
        "HTTPS://api.example.org//",
        "https://api.example.org.",
    ],
)
def test_one_server_written_in_several_ways_is_one_account(same):
    assert account_of(same, "some-key") == account_of(URL, "some-key")


@pytest.mark.parametrize(
    ("server", "key"),
    [
        (URL, "other-key"),
        ("https://api.example.com", "some-key"),
        (URL + "/v2", "some-key"),
        (URL + ":8443", "some-key"),
    ],
)
def test_another_key_or_server_is_another_account(server, key):
    assert account_of(server, key) != account_of(URL, "some-key")


def test_the_sandbox_is_nobodys_account():
    assert account_of("http://127.0.0.1:1", None) == account_of("http://127.0.0.1:1", "") == ""


@given(st.text(), st.text(min_size=1))
def test_a_name_never_shows_the_key(server, key):
    try:
        name = account_of(server, key)
    except ValueError:  # no URL at all; config.yaml refuses it
        return
    assert len(name) == 64
    assert key not in name or len(key) < 8


def test_one_process_at_a_time_has_an_account():
    account = account_of(URL, "claimed-in-a-test")
    first = AccountClaim(account, "reports")
    with pytest.raises(AccountInUse):
        AccountClaim(account, "reports")
    AccountClaim(account, "questions").release()
    assert holder_of(account, "reports") is not None
    first.release()
    assert holder_of(account, "reports") is None
    with AccountClaim(account, "reports"):
        assert holder_of(account, "reports") is not None
    assert holder_of(account, "reports") is None


def test_nobody_claims_no_account():
    with AccountClaim("", "reports"), AccountClaim("", "reports"):
        assert holder_of("", "reports") is None


HOLD = """
import sys
from agent.onlinesim.account import AccountClaim
claim = AccountClaim(sys.argv[1], "reports")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_claim_names_its_process_and_ends_with_it_however_that_ends():
    account = account_of(URL, "claimed-by-another-process")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, account], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        for _ in range(3):
            with pytest.raises(AccountInUse, match=f"process {other.pid}") as used:
                AccountClaim(account, "reports")
            assert used.value.holder == other.pid
        other.kill()
        other.wait()
        AccountClaim(account, "reports").release()
