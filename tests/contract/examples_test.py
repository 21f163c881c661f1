#!/usr/bin/env python3
"""The examples of docs/protocol.md, run: what the page says comes back is what comes back.

    examples_test.py PAGE BIN     where BIN holds the steps' binaries

An example is a block that begins with "```text step 4": lines sent (>), and the replies (<).
"""
import pathlib
import re
import socket
import subprocess
import sys


def read_examples(page):
    """Returns (step, [(sent or None, expected or None)], line number) for each block."""
    for block in re.finditer(r"^```text step (\d+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        yield int(block[1]), block[2].splitlines(), page.count("\n", 0, block.start()) + 2


def run_example(binary, lines, first_line):
    """Returns the complaints."""
    server = subprocess.Popen([binary, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = int(server.stdout.readline().rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client, client.makefile("rw") as stream:
            for number, line in enumerate(lines, first_line):
                mark, text = line[:2], line[2:]
                if mark == "> ":
                    stream.write(text + "\n")
                    stream.flush()
                elif mark == "< ":
                    reply = stream.readline().rstrip("\n")
                    if reply != text:
                        yield f"line {number}: the page says {text!r}, the server {reply!r}"
                else:
                    yield f"line {number}: neither sent nor received: {line!r}"
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def main():
    page, folder = sys.argv[1:]
    complaints = []
    steps = []
    for step, lines, first_line in read_examples(pathlib.Path(page).read_text(encoding="utf-8")):
        binary = next(pathlib.Path(folder).glob(f"step{step:02}_*"))
        complaints += run_example(binary, lines, first_line)
        steps.append(step)
    for complaint in complaints:
        print(f"{page}: {complaint}")
    print(f"{len(steps)} examples, on steps {steps}; {len(complaints)} complaints")
    return 1 if complaints or not steps else 0


if __name__ == "__main__":
    sys.exit(main())
