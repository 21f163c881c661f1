#!/usr/bin/env python3
"""The pages of the tour and of loadgen are whole: every figure has a title, axes, a table, and nothing is there twice.

    report_pages.py --bin build/bin
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from report_html import faults, figure_ids

LINE = {"time": "2026-03-01T12:00:00Z", "step": 3, "program": "skeleton", "verdict": "fail", "seconds": 1,
        "findings": [{"id": "step03.one-reply-each", "measured": 12, "unit": "", "ratio": 0.01, "verdict": "fail"}]}


def run(*command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    assert done.returncode in (0, 1, 3), done.stdout
    return done.stdout


def check_page(path):
    html = path.read_text()
    found = faults(html)
    assert not found, f"{path.name}: " + "; ".join(found)
    return html


def tour(bin_dir, folder):
    """With the learner's program and a history that somebody has written into by hand."""
    work, history, out = folder / "work", folder / "history.jsonl", folder / "out"
    work.mkdir()
    # Step 2's echo answers wrongly in step 3: the graphs of the two must differ.
    shutil.copy(bin_dir / "step02_async_echo", work / "step03_json_parsing")
    history.write_text(json.dumps(LINE) + "\nnot a line of a history\n")
    output = run(bin_dir / "tour", "--bin", bin_dir, "--work", work, "--history", history, "--out", out, "3")
    assert re.search(r"^   yours ", output, re.M), output
    html = check_page(out / "index.html")
    ids = figure_ids(html)
    for name in ("step03-replies", "step03-replies-yours", "step03-replies-before", "history-3"):
        assert name in ids, f"no figure {name}, only {ids}"
    assert "1 lines of the history made no sense" in html
    lines = history.read_text().splitlines()
    assert len(lines) == 3, lines
    added = json.loads(lines[2])
    assert (added["step"], added["program"], added["of"]) == (3, "tour", "work"), added
    assert {"id", "measured", "unit", "ratio", "verdict"} == set(added["findings"][0]), added
    results = json.loads((out / "results.json").read_text())
    assert results["guesses"] == [] and results["yours"][0]["step"] == 3, results


def without_work(bin_dir, folder):
    """Who has no folder of work has no history, and is not given one."""
    out, history = folder / "alone", folder / "none" / "history.jsonl"
    run(bin_dir / "tour", "--bin", bin_dir, "--work", folder / "none", "--history", history, "--out", out, "3")
    assert figure_ids(check_page(out / "index.html")) == ["step03-replies"]
    assert not history.parent.exists()


def loadgen(bin_dir, folder):
    server = subprocess.Popen([bin_dir / "step02_async_echo", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        target = server.stdout.readline().split()[-1]
        for options in ([], ["--rate", "2000"]):
            page = folder / "loadgen.html"
            run(bin_dir / "loadgen", "--target", target, "--mix", "echo", "--requests", "500", "--html", page, *options)
            assert figure_ids(check_page(page)) == ["throughput", "latency", "percentiles"]
        # Nobody answers: the graphs are empty, and still whole.
        run(bin_dir / "loadgen", "--target", "127.0.0.1:1", "--connections", "1", "--html", page)
        check_page(page)
    finally:
        server.kill()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, type=lambda text: Path(text).resolve())
    bin_dir = parser.parse_args().bin
    for case in (tour, without_work, loadgen):
        with tempfile.TemporaryDirectory(prefix="report-") as folder:
            case(bin_dir, Path(folder))
            print(f"{case.__name__}: as it should be")


if __name__ == "__main__":
    sys.exit(main())
