#!/usr/bin/env python3
"""The lessons quote the code that is there: every ```cpp block of the pages stands, line by line, in a source file.
What is no quote, but the same idea on another example, is fenced as ```c++.

    quotes_test.py ROOT PAGE…
"""
import pathlib
import re
import sys


def main():
    root, *pages = map(pathlib.Path, sys.argv[1:])
    sources = [path.read_text(encoding="utf-8") for folder in ("steps", "common") for path in root.joinpath(folder).rglob("*.[ch]pp")]
    complaints = quotes = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for quote in re.finditer(r"^```cpp\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            quotes += 1
            if not any("\n" + quote[1] in source or source.startswith(quote[1]) for source in sources):
                complaints += 1
                print(f"{page}:{text.count(chr(10), 0, quote.start()) + 1}: no source file has these lines")
    print(f"{quotes} quotes, {complaints} that no source file has")
    return 1 if complaints or not quotes else 0


if __name__ == "__main__":
    sys.exit(main())
