#!/usr/bin/env python3
"""Where one machine ends: ./dev bench --growth [OPTIONS]. What a delivery, an event, a look-up and a start cost while
subscribers, topics, events and payloads grow. docs/scaling.md says what follows, docs/benchmarks.md what is measured.

Writes the results as JSON, prints them as tables, and draws a page of curves, whose path comes last. The exit status is 1
where an event was lost, or came out of order: that is no figure."""
import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
from pathlib import Path

import figures
import tables
from curves import ROOT, Curves
from measure import busy_share

ROWS = ("deliveries", "topics", "events", "payload")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=str(ROOT / "build/bin"))
    parser.add_argument("--data", help="a folder on a real disk, 10 GB of room for all of it; default: beside --bin")
    parser.add_argument("--out", default=str(ROOT / "build/growth"), help="where results.json and index.html go")
    parser.add_argument("--only", choices=ROWS, help="measure this alone; the other rows stay as they were in results.json")
    parser.add_argument("--quick", action="store_true", help="small, a minute in all: its figures mean little")
    parser.add_argument("--markdown", action="store_true", help="measure nothing: the tables of results.json, for the docs")
    parser.add_argument("--patience", type=float, default=0.5,
                        help="longest wait for a quiet machine before a run, in seconds (default %(default)s)")
    options = parser.parse_args()
    if options.quick:
        options.patience = 0
    if options.data is None:
        options.data = str(Path(options.bin).resolve().parent)
    return options


def machine(options):
    """What the figures are worth."""
    return {"processors": f"{os.cpu_count()}, server not pinned; it and its clients share them",
            "system": f"Linux {platform.release()}",
            "before it": f"others used {100 * busy_share():.0f} % of the machine",
            "size": "quick" if options.quick else "full"}


def measure(options, kept):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server that runs is ended, too
    # Ten thousand connections, or topics: a descriptor each, in server and client.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    results = {"machine": machine(options), "rows": dict(kept)}
    curves = Curves(options)
    for row in [options.only] if options.only else ROWS:
        print(row, file=sys.stderr)
        results["rows"][row] = getattr(curves, row)()
    results["machine"]["at its end"] = f"load {os.getloadavg()[1]:.1f}"
    return results


def show(results):
    rows = {row: results["rows"][row] for row in ROWS if row in results["rows"]}
    for row, points in rows.items():
        print(f"{figures.TITLES[row]}\n\n{tables.table(row, points)}\n")
    print(tables.verdict_table(rows))
    print("\n" + "; ".join(f"{name}: {value}" for name, value in results["machine"].items()) + ".")
    if any(point.get("others", 0) > tables.DISTURBED for points in rows.values() for point in points):
        print(f"\\* others used more than {tables.DISTURBED} processors meanwhile: taken under load.")


def draw(options, results):
    path = Path(options.out) / "index.html"
    drawn = subprocess.run([os.path.join(options.bin, "growth_page")], input=json.dumps(figures.page(results)),
                           capture_output=True, text=True)
    if drawn.returncode != 0:
        raise RuntimeError(drawn.stderr)
    path.write_text(drawn.stdout, encoding="utf-8")
    return path


def main():
    options = parse_arguments()
    path = Path(options.out) / "results.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"rows": {}}
    known["rows"] = {row: points for row, points in known["rows"].items() if tables.fits(row, points)}
    if options.markdown:
        if not known["rows"]:
            sys.exit(f"growth.py: nothing was measured yet, {path} is not there")
        return show(known)
    try:
        results = measure(options, known["rows"] if options.only else {})
    except RuntimeError as error:
        sys.exit(f"growth.py: {error}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    show(results)
    print(f"\n{path}\n{draw(options, results)}")
    return None


if __name__ == "__main__":
    main()
