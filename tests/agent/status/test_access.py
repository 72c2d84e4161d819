from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from agent.status.access import Access, AccessPolicy, is_foreign_page

TOKEN = "correct-horse-battery"


def judge(
    gate: AccessPolicy, *, peer: str | None = "127.0.0.1", host: str = "127.0.0.1:8340", **more: str
) -> Access:
    headers = CIMultiDict({"Host": host, **more.pop("headers", {})})
    return gate.check(peer=peer, headers=headers, **more)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8340", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]:8340"]
)
def test_this_machine_under_its_own_names_is_welcome_without_a_token(host):
    assert judge(AccessPolicy(None), host=host) is Access.ALLOWED


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "::1", "localhost:",
     "127.0.0.1:8340@evil", "localhost:99999999", "192.168.1.7:8340", "localhost\n"],
)  # fmt: skip
def test_a_name_that_merely_resolves_to_this_machine_is_foreign(host):
    assert judge(AccessPolicy(None), host=host) is Access.FOREIGN


@pytest.mark.parametrize("peer", ["192.168.1.7", "::ffff:10.0.0.1", "2001:db8::1", None, "nonsense"])
def test_another_machine_is_foreign_even_if_it_says_localhost(peer):
    assert judge(AccessPolicy(None), peer=peer, host="localhost") is Access.FOREIGN


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "forwarded", "x-real-ip", "Via", "CF-Connecting-IP", "True-Client-IP", "X-Forwarded-Proto",
     "X_Forwarded_For", "x-forwarded-anything", "X-Client-IP"],
)  # fmt: skip
def test_without_a_token_what_comes_through_a_proxy_is_foreign(header):
    assert judge(AccessPolicy(None), headers={header: "10.0.0.1"}) is Access.FOREIGN


@pytest.mark.parametrize("host", ["127.0.0.1:8340", "localhost", "[::1]:8340", "bank.example", ""])
def test_with_a_token_this_machine_is_asked_for_it_too(host):
    """A proxy that tells nothing makes everybody look like this machine."""
    gate = AccessPolicy(TOKEN)
    assert judge(gate, host=host) is Access.TOKEN_REQUIRED
    assert judge(gate, host=host, headers={"Authorization": f"Bearer {TOKEN}"}) is Access.ALLOWED


def test_the_token_opens_from_anywhere_under_any_name():
    gate = AccessPolicy(TOKEN)
    abroad = {"peer": "203.0.113.5", "host": "bank.example"}
    assert judge(gate, **abroad) is Access.TOKEN_REQUIRED
    assert judge(gate, **abroad, headers={"Authorization": f"bearer {TOKEN}"}) is Access.ALLOWED
    assert judge(gate, **abroad, query_token=TOKEN) is Access.ALLOWED_SET_COOKIE
    assert judge(gate, **abroad, cookie=gate.cookie) is Access.ALLOWED


@pytest.mark.parametrize(
    "headers", [{"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Bearer"}, {"Authorization": TOKEN}]
)
def test_other_credentials_do_not_open(headers):
    assert judge(AccessPolicy(TOKEN), peer="203.0.113.5", headers=headers) is Access.TOKEN_REQUIRED


def test_the_cookie_is_not_the_token_and_is_the_same_after_a_restart():
    assert TOKEN not in AccessPolicy(TOKEN).cookie
    assert AccessPolicy(TOKEN).cookie == AccessPolicy(TOKEN).cookie
    assert AccessPolicy(TOKEN).cookie != AccessPolicy(TOKEN + "x").cookie


def test_an_empty_token_is_no_token():
    assert judge(AccessPolicy(""), peer="203.0.113.5", query_token="", cookie="") is Access.FOREIGN


def test_bytes_that_are_no_utf8_are_only_a_wrong_token():
    abroad = {"peer": "203.0.113.5", "host": "localhost"}
    headers = {"Authorization": "Bearer \udcff"}
    assert judge(AccessPolicy(TOKEN), **abroad, headers=headers) is Access.TOKEN_REQUIRED
    assert judge(AccessPolicy(TOKEN), **abroad, cookie="\udcff") is Access.TOKEN_REQUIRED


@given(st.text(max_size=40))
def test_nothing_but_the_token_opens(guess):
    gate = AccessPolicy(TOKEN)
    if guess in {TOKEN, gate.cookie}:
        return
    abroad = {"peer": "203.0.113.5", "host": "localhost"}
    assert judge(gate, **abroad, headers={"Authorization": f"Bearer {guess}"}) is Access.TOKEN_REQUIRED
    assert judge(gate, **abroad, cookie=guess, query_token=guess) is Access.TOKEN_REQUIRED


@pytest.mark.parametrize(
    ("site", "foreign"), [("same-origin", False), ("none", False), ("same-site", True), ("cross-site", True)]
)
def test_a_browser_tells_for_whose_page_it_asks(site, foreign):
    assert is_foreign_page({"Sec-Fetch-Site": site}) is foreign


def test_what_is_no_browser_is_no_foreign_page():
    assert not is_foreign_page({})
