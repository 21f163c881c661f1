#!/usr/bin/env python3
"""What the chat must hold, measured: ./dev bench --chat [OPTIONS]. docs/benchmarks.md says what the rows mean.

Prints a Markdown table; writes the 99th percentiles for `./dev spec budget`. The exit status is 1 where a message was
lost, doubled or out of order; a figure that is missed is marked, and no failure.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE.parent / "peers"), str(ROOT / "tests/support")]

import questions  # noqa: E402
from measure import busy_share, wait_until_quiet  # noqa: E402
from station_server import Server  # noqa: E402

SHORT = {"rounds": 1, "post": "1s", "alone": 0.5, "seen": ("10", "5", "1s"), "reconnects": ("12", "20", "2s"),
         "crowd": ("40", "4", "10", "2s"), "messages": 3000, "asked": 20}
LONG = {"rounds": 3, "post": "10s", "alone": 10, "seen": ("50", "50", "20s"), "reconnects": ("50", "40", "30s"),
        "crowd": ("5000", "100", "50", "30s"), "messages": 1_000_000, "asked": 1000}


class Bench:
    def __init__(self, options):
        self.options = options
        self.sizes = SHORT if options.short else LONG
        self.rows = []
        self.measured = {}
        self.wrong = []

    # ---- the parts

    def say(self, text):
        print(f"  {text}", file=sys.stderr, flush=True)

    def program(self, name):
        return os.path.join(self.options.bin, name)

    def folder(self):
        return tempfile.TemporaryDirectory(prefix="bench-", dir=self.options.data)

    def quiet(self):
        wait_until_quiet(0 if self.options.short else self.options.patience)
        return busy_share()

    def loadgen(self, folder, *options):
        """The result of one run against a chat of its own."""
        report = os.path.join(folder, "result.json")
        command = [self.program("loadgen"), "--mix", "chat", "--start", self.program("station"), "--data",
                   os.path.join(folder, "data"), "--patience", "60s", "--json", report, *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=None if self.options.verbose else subprocess.PIPE,
                              text=True)
        if not os.path.exists(report):
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr or ''}")
        with open(report, encoding="utf-8") as file:
            result = json.load(file)["result"]
        if done.returncode != 0:
            self.wrong.append(f"{' '.join(options)}: {result['first_error'] or result['failure'] or done.stdout}")
        return result

    def row(self, what, must, figure, held):
        self.rows.append((what, must, figure, "" if self.options.short else "held" if held else "**missed**"))
        self.say(f"{what[:70]}: {figure}")

    # ---- the rows

    def post(self):
        """By turns, so that a slow spell of the disk hits both."""
        chat, alone = [], []
        for _ in range(self.sizes["rounds"]):
            self.quiet()
            with self.folder() as folder:
                chat.append(self.loadgen(folder, "--members", "0", "--posters", "16", "--rooms", "10", "--room-size", "16",
                                         "--duration", self.sizes["post"]))
            with self.folder() as folder:
                done = subprocess.run([self.program("chat_sqlite_alone"), "--folder", folder, "--seconds",
                                       str(self.sizes["alone"])], capture_output=True, text=True, check=True)
                alone.append(json.loads(done.stdout)["rate"])
        of_processor = statistics.median(run["server"]["messages_per_processor_second"] for run in chat)
        self.row("POST by 16 clients, durable: messages a second of the server's processor time", "at least 6,800",
                 f"{of_processor:,.0f}", of_processor >= 6800)
        ratios = [run["rate_per_second"] / other for run, other in zip(chat, alone)]
        rate = statistics.median(run["rate_per_second"] for run in chat)
        self.row("the same beside SQLite alone, by the clock, median of the rounds' ratios", "at least 2 ×",
                 f"{statistics.median(ratios):.2f} × ({rate:,.0f}/s; alone {statistics.median(alone):,.0f}/s)",
                 statistics.median(ratios) >= 2)
        self.measured["Messages::post"] = {"p99_ms": statistics.median(run["ack_ns"]["p99"] for run in chat) / 1e6}

    def seen(self):
        members, rate, duration = self.sizes["seen"]
        self.quiet()
        with self.folder() as folder:
            run = self.loadgen(folder, "--members", members, "--rooms", "1", "--room-size", members, "--rate",
                               "200" if not self.options.short else rate, "--duration", duration)
        p99 = run["seen_ns"]["p99"] / 1e6
        self.row(f"created → seen by {members} members, 200 messages a second: p99", "at most 20 ms",
                 f"{p99:.1f} ms (p50 {run['seen_ns']['p50'] / 1e6:.1f})", p99 <= 20)

    def reconnects(self):
        members, reconnects, duration = self.sizes["reconnects"]
        self.quiet()
        with self.folder() as folder:
            run = self.loadgen(folder, "--members", members, "--rooms", "1", "--room-size", members, "--rate", "200",
                               "--reconnects", reconnects, "--duration", duration)
        p99 = (run["caught_up_ns"]["p99"] or 0) / 1e6
        faults = run["lost"] + run["doubled"] + run["out_of_order"]
        self.row("reconnects at random moments under load: lost, doubled, out of order", "0 in 1,000",
                 f"{faults} in {run['reconnects']:,} (caught up: p99 {p99:.1f} ms)",
                 faults == 0 and run["reconnects"] >= 1000)
        self.measured["Projection::missed"] = {"p99_ms": p99}

    def crowd(self):
        members, rooms, size, duration = self.sizes["crowd"]
        self.say(f"{members} members sign in one after the other")
        with self.folder() as folder:
            run = self.loadgen(folder, "--members", members, "--rooms", rooms, "--room-size", size, "--rate", "500",
                               "--duration", duration)
        p99, each = run["seen_ns"]["p99"] / 1e6, run["server"]["resident_bytes_per_connection"]
        after = (run["server"]["resident_after_bytes"] - run["server"]["resident_alone_bytes"]) / max(1, run["members"])
        self.row(f"{int(members):,} members, {rooms} closed rooms of {size}, 500 messages a second: p99", "at most 50 ms",
                 f"{p99:.1f} ms (p50 {run['seen_ns']['p50'] / 1e6:.1f})", p99 <= 50)
        self.row("the same: memory a connection", "at most 8 KiB",
                 f"{each / 1024:.1f} KiB (at the end, with all that was said: {after / 1024:.1f})", each <= 8192)

    def stored(self):
        count = self.sizes["messages"]
        with self.folder() as folder:
            data = os.path.join(folder, "data")
            self.say(f"{count:,} messages are seeded")
            subprocess.run([self.program("station"), "chat", "seed", "--dir", data, "--users", "50", "--rooms", "100",
                            "--members", "50", "--messages", str(count), "--characters", "60"], check=True,
                           capture_output=True)
            self.quiet()
            began = time.monotonic()
            subprocess.run([self.program("station"), "chat", "rebuild", "--dir", data], check=True, capture_output=True)
            rate = count / (time.monotonic() - began)
            with Server(self.program("station"), data, "--chat", "--chat-rate", "none", "--log-level", "error") as server:
                server.open()
                self.ask(server.port)
        self.row(f"tables made again from {count:,} messages of 60 characters, messages a second", "at least 40,000",
                 f"{rate:,.0f}", rate >= 40000)

    def ask(self, port):
        asked = self.sizes["asked"]
        everywhere = questions.Asker(port).sign_in("user1")
        elsewhere = questions.Asker(port).join(everywhere.ask("GET", "/me")["join_code"], "newcomer")
        rooms = [room["id"] for room in everywhere.ask("GET", "/rooms")]
        self.quiet()
        p99 = questions.percentile(questions.pages(everywhere, rooms, asked), 99)
        self.measured["Projection::page"] = {"p99_ms": p99}
        self.row(f"page of 40, {self.sizes['messages']:,} messages stored: p99", "at most 5 ms", f"{p99:.1f} ms", p99 <= 5)
        worst = 0
        for who, asker in (("who sees all", everywhere), ("who sees 1 in 101", elsewhere)):
            for what, ranks in (("common", [1 + i % 10 for i in range(asked)]),
                                ("rare", [30_000 + i * 13 % 19_000 for i in range(asked)])):
                took, found = questions.searches(asker, ranks)
                p99 = questions.percentile(took, 99)
                worst = max(worst, p99)
                if what == "common" and found == 0:
                    self.wrong.append(f"{who} finds nothing")
                self.row(f"search for {what} words by {who}: p99", "at most 20 ms",
                         f"{p99:.1f} ms ({found / asked:.1f} found)", p99 <= 20)
        self.measured["Projection::search"] = {"p99_ms": worst}

    # ---- all of it

    def run(self):
        before = busy_share()
        for name in ("post", "seen", "reconnects", "crowd", "stored"):
            if self.options.only in name:
                getattr(self, name)()
        print("| what | must be | measured | |\n| --- | --- | ---: | --- |")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")
        print(f"\n{os.cpu_count()} processors, Linux {platform.release()}; others used {100 * before:.0f} % of the machine "
              f"before it, load {os.getloadavg()[1]:.1f} at its end.")
        for wrong in self.wrong:
            print(f"WRONG: {wrong}")
        path = Path(self.options.measured)
        path.parent.mkdir(parents=True, exist_ok=True)
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() and self.options.only else {}
        path.write_text(json.dumps({**known, **self.measured}, indent=1) + "\n", encoding="utf-8")
        return 1 if self.wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=str(ROOT / "build/bin"))
    parser.add_argument("--data", help="a folder on a real disk; default: beside --bin")
    parser.add_argument("--measured", default=str(ROOT / "build/chat/measured.json"), help="for ./dev spec budget")
    parser.add_argument("--only", default="", help="only post, seen, reconnects, crowd or stored")
    parser.add_argument("--short", action="store_true", help="small, in seconds: its figures mean nothing")
    parser.add_argument("--verbose", action="store_true", help="what the load generator says meanwhile")
    parser.add_argument("--patience", type=float, default=20,
                        help="longest wait for a quiet machine before a run, in seconds (default %(default)s)")
    options = parser.parse_args()
    if options.data is None:
        options.data = str(Path(options.bin).resolve().parent)
    return Bench(options).run()


if __name__ == "__main__":
    sys.exit(main())
