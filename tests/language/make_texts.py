"""`make texts`: what the source says into the catalogues for translators, and these into what the program reads."""

from __future__ import annotations

import sys

from tests.docs.help_pages import help_pages
from tests.language.catalogues import ALL_DOMAINS, ROOT, expected_files, first_form, is_translated, translated


def main() -> int:
    """Write what differs, and say how many texts wait for a translator; 1 if any does."""
    for path, content in (expected_files() | help_pages()).items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            print(f"written: {path.relative_to(ROOT)}")
    waiting = 0
    for domain in ALL_DOMAINS:
        for one in translated(domain):
            if one.id and not is_translated(one):
                waiting += 1
                print(
                    f"{domain}.po: {'reworded, look again' if one.fuzzy else 'no translation'}: {first_form(one)}"
                )
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
