#!/usr/bin/env python3
"""tour --predict asks who sits at a terminal, takes what is typed, and lets everybody else be.

    tour_predict.py --bin build/bin
"""
import argparse
import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report_html import faults, figure_ids

PATIENCE = 120
PROMPT = "(empty: skip): "
QUESTION = "How many get the right reply?"


class Terminal:
    """A program whose standard input and output are a terminal, where `ends` names them."""

    def __init__(self, command, ends=("stdin", "stdout")):
        self.master, terminal = pty.openpty()
        streams = {name: terminal if name in ends else subprocess.DEVNULL for name in ("stdin", "stdout")}
        self.process = subprocess.Popen(command, stderr=subprocess.STDOUT, **streams)
        os.close(terminal)
        self.output = ""
        self.end = time.monotonic() + PATIENCE

    def read(self):
        """Some more of the output; False at its end."""
        ready, _, _ = select.select([self.master], [], [], max(0, self.end - time.monotonic()))
        assert ready, f"nothing more came: {self.output}"
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other side has closed it
            return False
        self.output += data.decode(errors="replace")
        return bool(data)

    def wait_for_prompts(self, count):
        while self.output.count(PROMPT) < count:
            assert self.read(), f"no prompt number {count}: {self.output}"

    def type(self, text):
        os.write(self.master, text.encode())

    def finish(self):
        while self.read():
            pass
        status = self.process.wait(timeout=PATIENCE)
        os.close(self.master)
        assert status in (0, 1, 3), f"status {status}: {self.output}"
        return self.output


def command(folder, *more):
    return [str(BIN / "tour"), "--bin", str(BIN), "--out", str(folder), "3", *more]


def guesses(folder):
    html = (folder / "index.html").read_text()
    assert not faults(html), faults(html)
    found = json.loads((folder / "results.json").read_text())["guesses"]
    assert ("guess-3" in figure_ids(html)) == bool(found)
    return found


def answers(folder, *typed):
    """Types each text at a prompt of its own. Returns the guesses, and what stood on the terminal."""
    terminal = Terminal(command(folder, "--predict"))
    for count, text in enumerate(typed, start=1):
        terminal.wait_for_prompts(count)
        terminal.type(text)
    output = terminal.finish()
    assert output.count(PROMPT) == len(typed), output
    assert output.index(QUESTION) < output.index("running:"), "it asked after the load had begun: " + output
    return guesses(folder), output


def takes_a_guess(folder):
    found, output = answers(folder, "50 %\n")
    assert [(one["step"], one["guess"], one["measured"]) for one in found] == [(3, 805, 1610)], found
    assert "you guessed 805, it was 1,610: 2 times more; why: " in " ".join(output.split()), output


def skips_an_empty_line(folder):
    found, output = answers(folder, "\n")
    assert found == [] and "you guessed" not in output, output


def skips_at_the_end_of_input(folder):
    found, _ = answers(folder, "\x04")
    assert found == []


def asks_once_more_after_nonsense(folder):
    found, output = answers(folder, "lots\n", "1.61k\n")
    assert [one["guess"] for one in found] == [1610], found
    assert "no number" in output and ": right; why" in " ".join(output.split()), output


def lets_be_who_answers_nonsense_twice(folder):
    found, _ = answers(folder, "lots\n", "70 ms\n")
    assert found == []


def asks_nobody_who_did_not_want_it(folder):
    assert PROMPT not in Terminal(command(folder)).finish()
    assert guesses(folder) == []


def asks_nobody_without_a_terminal(folder):
    for ends in (("stdin",), ("stdout",)):
        terminal = Terminal(command(folder, "--predict"), ends)
        output = terminal.finish()
        assert QUESTION not in output and guesses(folder) == [], output
    done = subprocess.run(command(folder, "--predict"), input="5\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=PATIENCE)
    assert QUESTION not in done.stdout and guesses(folder) == [], done.stdout


def main():
    for case in (takes_a_guess, skips_an_empty_line, skips_at_the_end_of_input, asks_once_more_after_nonsense,
                 lets_be_who_answers_nonsense_twice, asks_nobody_who_did_not_want_it, asks_nobody_without_a_terminal):
        with tempfile.TemporaryDirectory(prefix="predict-") as folder:
            case(Path(folder))
            print(f"{case.__name__}: as it should be")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, type=lambda text: Path(text).resolve())
    BIN = parser.parse_args().bin
    sys.exit(main())
