"""Where the engine of a fleet is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.formats.engine_url import NotAnEngineUrl, parse


@pytest.mark.parametrize(
    ("text", "addresses", "shown"),
    [
        ("redis://127.0.0.1", [("127.0.0.1", 6379)], "redis://127.0.0.1:6379"),
        ("rediss://bank:p@10.0.0.5:6380/3", [("10.0.0.5", 6380)], "rediss://10.0.0.5:6380/3"),
        ("redis://[::1]:7000", [("::1", 7000)], "redis://[::1]:7000"),
        (
            "redis+sentinel://:p@a:1,b/main",
            [("a", 1), ("b", 26379)],
            "redis+sentinel://a:1,b:26379/main",
        ),
        ("rediss+sentinel://a/main", [("a", 26379)], "rediss+sentinel://a:26379/main"),
    ],
)
def test_a_url_is_read_and_shown_without_its_login(text, addresses, shown):
    url = parse(text)
    assert list(url.addresses) == addresses
    assert str(url) == shown
    assert url.tls == text.startswith("rediss")


def test_user_and_password_are_unquoted_and_the_password_is_not_in_the_repr():
    url = parse("rediss://bank:p%40ss%2F%3A@h")
    assert (url.user, url.password) == ("bank", "p@ss/:")
    assert "p@ss" not in repr(url) + str(url)
    assert parse("rediss://:word@h").user is None
    assert parse("rediss://bank@h").password is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("http://a", "must be a URL of a Redis or Valkey"),
        ("10.0.0.5:6379", "must be a URL of a Redis or Valkey"),
        ("redis://a b", "must be a URL of a Redis or Valkey"),
        ("redis://", "has no host, or an invalid one"),
        ("redis://h:port", "has no host, or an invalid one"),
        ("redis://h:70000", "has no host, or an invalid one"),
        ("redis://a,b", "has several hosts"),
        ("redis+sentinel://a:1", "lacks the name of the servers"),
        ("redis://h/16", "has a path that is not a database from 0 to 15"),
        ("redis://h/main", "has a path that is not a database from 0 to 15"),
        ("redis://h?db=1", "must be a scheme, a login, hosts and a name or database"),
        ("redis://u:p/w@h", "has no host, or an invalid one"),
    ],
)
def test_what_cannot_be_is_told_with_a_hint(text, message):
    with pytest.raises(NotAnEngineUrl, match=f"^{message}$") as caught:
        parse(text)
    assert caught.value.hint


def test_only_an_engine_on_this_machine_is_local():
    assert parse("redis://127.0.0.1").local
    assert parse("redis+sentinel://[::1]:1,localhost:2/m").local
    assert not parse("redis+sentinel://127.0.0.1,10.0.0.5/m").local


@given(st.text(max_size=40), st.text(st.characters(codec="ascii"), max_size=20))
def test_any_text_is_read_or_refused_and_no_message_has_its_login(login, rest):
    text = f"rediss://{login}S3CRET@{rest}"
    try:
        said = str(parse(text))
    except NotAnEngineUrl as wrong:
        said = f"{wrong} {wrong.hint}"
    assert "S3CRET" not in said
