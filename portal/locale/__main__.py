"""Brings the catalogs up to date with the code: `make messages`. A language's code as argument begins a new catalog."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from portal.locale.collecting import faults, messages, updated

HERE = Path(__file__).parent
_CODE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")


def main(arguments: Sequence[str]) -> int:
    """Write every catalog anew and print what a person still has to translate. Returns 1 where there is something, 2
    for what is no code of a language: its folder would be taken for one, and no page could be shown."""
    if wrong := [code for code in arguments if not _CODE.fullmatch(code)]:
        print(f"no code of a language, such as es or pt_BR: {', '.join(wrong)}", file=sys.stderr)
        return 2
    for code in arguments:
        (HERE / code / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        (HERE / code / "LC_MESSAGES" / "portal.po").touch()
    wanted, left = messages(), 0
    for path in sorted(HERE.glob("*/LC_MESSAGES/portal.po")):
        code = path.parts[-3]
        text = updated(path.read_text("utf-8"), code, wanted)
        path.write_text(text, "utf-8")
        found = faults(text, code)
        left += len(found)
        print(f"{code}: {len(wanted)} messages, {len(found)} to look at")
        for fault in found:
            print(f"  {fault}")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
