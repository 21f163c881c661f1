#!/usr/bin/env python3
"""Breaks the station on purpose, and sees that nothing acknowledged is ever lost. docs/lab.md has a section each.

    ./dev lab                                list the scenarios
    ./dev lab power-cut [--count N] [--seed S] [--json FILE]
    ./dev lab mutants 20                     the count, shorter
    ./dev lab chat                           all that are the chat's
    ./dev lab all
"""
import argparse
import importlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import harness  # noqa: E402

SCENARIOS = ["kill", "retention", "power-cut", "torn", "rot", "exhaust", "disk-error", "disk-full", "memory", "clock", "simulate",
             "slow", "fair", "chaos", "cold", "garbage", "full", "beside", "descriptors", "ledger-kill",
             "ledger-power-cut", "ledger-disk-error", "ledger-full", "ledger-torn", "ledger-rot", "ledger-simulate",
             "chat-kill", "chat-power-cut", "chat-reconnect", "chat-tables",
             "chat-full", "chat-descriptors", "mutants"]
GROUPS = {"all": SCENARIOS, "chat": [name for name in SCENARIOS if name.startswith("chat-")]}


def load(name):
    return importlib.import_module("scenarios." + name.replace("-", "_"))


def list_scenarios():
    for name in SCENARIOS:
        module = load(name)
        first = module.__doc__.strip().split("\n")[0]
        print(f"  {name:<17} {first} ({module.COUNT} {module.UNIT})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", choices=[*SCENARIOS, *GROUPS])
    parser.add_argument("times", nargs="?", type=int, metavar="N", help="as --count N")
    parser.add_argument("--count", type=int, help="how often; each scenario has its own default")
    parser.add_argument("--seed", type=int, help="replays a run")
    parser.add_argument("--json", metavar="FILE", help="the verdicts, as JSON")
    parser.add_argument("--bin", default=os.path.join(harness.ROOT, "build", "bin"), help="where the programs are")
    options = parser.parse_args()
    options.count = options.times if options.count is None else options.count
    options.bin = os.path.abspath(options.bin)
    if options.scenario is None:
        list_scenarios()
        return 0
    harness.turn_signals_into_exceptions()
    names = GROUPS.get(options.scenario, [options.scenario])
    verdicts = [harness.run_scenario(name, load(name), options) for name in names]
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(verdicts, file, indent=1)
            file.write("\n")
    if any(one["verdict"] == "fail" for one in verdicts):
        return 1
    return harness.SKIPPED if all(one["verdict"] == "skip" for one in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
