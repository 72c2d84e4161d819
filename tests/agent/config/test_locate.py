"""Which config.yaml counts."""

import pytest

from agent.config import ConfigError, find


@pytest.fixture
def tree(tmp_path):
    for name in ("a.yaml", "env.yaml", "config.yaml", "etc.yaml"):
        (tmp_path / name).touch()
    return tmp_path


def test_the_argument_goes_first_then_the_variable_then_here_then_the_system(tree):
    system, environment = tree / "etc.yaml", {"SIMBANK_CONFIG": str(tree / "env.yaml")}
    assert find("a.yaml", environment, tree, system) == tree / "a.yaml"
    assert find(None, environment, tree, system) == tree / "env.yaml"
    assert find(None, {}, tree, system) == tree / "config.yaml"
    (tree / "config.yaml").unlink()
    assert find(None, {"SIMBANK_CONFIG": ""}, tree, system) == system


def test_a_named_file_that_is_missing_is_not_replaced_by_another(tree):
    with pytest.raises(ConfigError, match=r"^no\.yaml: no such file$"):
        find("no.yaml", {}, tree)
    with pytest.raises(ConfigError, match=r"^no\.yaml: no such file \(\$SIMBANK_CONFIG\)$"):
        find(None, {"SIMBANK_CONFIG": "no.yaml"}, tree)
    with pytest.raises(ConfigError, match="is not a file"):
        find(tree, {}, tree)


def test_without_any_file_the_places_are_named(tmp_path):
    with pytest.raises(ConfigError) as caught:
        find(None, {}, tmp_path, tmp_path / "etc.yaml")
    assert f"{tmp_path}/config.yaml, {tmp_path}/etc.yaml" in str(caught.value)
    assert "--config" in str(caught.value)
