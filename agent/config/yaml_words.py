"""What ruamel.yaml says of a broken text, in words for people."""

from __future__ import annotations

import re
from typing import Final

from agent.language import N_, _

NO_YAML: Final = N_("cannot be read as YAML")
_TAG: Final = N_("the tag after ! is not valid")
_DIRECTIVE: Final = N_("a line that begins with % is a directive of YAML, and this one is not valid")
_BLOCK: Final = N_("after | or > only - or + may follow; the text begins in the next line")
_ESCAPE: Final = N_("in double quotes a backslash begins an escape, and this one is not valid")
_OPEN_QUOTE: Final = N_("a quote is not closed")

_BY_CONTEXT: Final = (
    ("scanning a directive", _DIRECTIVE),
    ("scanning a block scalar", _BLOCK),
    ("scanning a double-quoted scalar", _ESCAPE),
    ("scanning a quoted scalar", _OPEN_QUOTE),
    ("more indented follow up line", N_("the lines of the text after | or > must begin in one column")),
    (r"scanning an (alias|anchor)", N_("after * or & a name must follow: an alias or anchor of YAML")),
    (r"(scanning|parsing) an? (tag|directive)", _TAG),
)
"""What ruamel.yaml was about, where that says more than what it met."""

_BY_PROBLEM: Final = (
    (r"mapping values are not allowed here|found unexpected ':'", N_("a colon is not allowed here")),
    (r"could not find expected ':'", N_("the colon after the key is missing")),
    (r"sequence entries are not allowed here", N_("an entry of a list is not allowed here")),
    (r"mapping keys are not allowed here", N_("a key is not allowed here")),
    (r"found character (?P<found>.+) that cannot start any token", N_("a text cannot begin with {found}")),
    (r"found undefined alias (?P<found>.+)", N_("there is no anchor {found} for this alias")),
    (r"expected <block end>, but found '<scalar>'", N_("the value before this text has ended")),
    (r"expected <block end>, but found (?P<found>'[\[\]{},?]')", N_("{found} is not allowed here")),
    (r"expected <block end>, but found .+", N_("this line belongs to none of the groups before it")),
    (r"expected ',' or '(?P<found>[\]}])', but got .+", N_("a comma or {found} is missing")),
    (r"expected the node content, but found .+", N_("a value is missing")),
    (r"expected '<document start>', but found .+", N_("the text before has ended: nothing may follow")),
    (r"found non-comment content after document end marker.*", N_("nothing may follow the line ...")),
    (r"found undefined tag handle .+", _TAG),
    (r"found duplicate YAML directive|found incompatible YAML document .*|duplicate tag handle .+", _DIRECTIVE),
)  # fmt: skip


def in_our_words(problem: str, context: str) -> str:
    """Return the message of an error of ruamel.yaml in the process's language."""
    for pattern, text in _BY_CONTEXT:
        if re.search(pattern, context):
            return _(text)
    for pattern, text in _BY_PROBLEM:
        if found := re.fullmatch(pattern, problem):
            return _(text).format(**found.groupdict())
    return _(NO_YAML)
