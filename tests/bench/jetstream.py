#!/usr/bin/env python3
"""./dev bench --engine [ROUNDS]: three nats-server processes, and what goes through a station before them beside what a
program gets that uses NATS' own C client (jetstream_plain), by turns in the same run. Prints a row for each shape, with the
median of the ratios, and exits with 1 where it is less than what ENGINE's figures ask for: 0.7 of the plain client's
acknowledgements with 1,000 in flight, twice as many deliveries to 50 subscribers as 50 plain consumers get."""

import argparse
import json
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import nats_cluster  # noqa: E402
import station_server  # noqa: E402

# name, in flight, subscribers, what is compared, the least ratio
SHAPES = (("1 x 1,000 in flight", 1000, 0, "acknowledged", 0.7), ("1 x 64 in flight, to 50", 64, 50, "delivered", 2.0))
BYTES = 64


class Run:
    def __init__(self, options, cluster, address):
        self.options, self.cluster, self.address = options, cluster, address
        self.number = 0

    def plain(self, depth, subscribers):
        self.number += 1
        return self.result(f"{self.options.bin}/jetstream_plain", self.cluster.urls, f"plain{self.number}",
                           str(len(self.cluster.nodes)), str(self.options.seconds), str(BYTES), str(depth), str(subscribers))

    def station(self, depth, subscribers):
        self.number += 1
        report = self.result(f"{self.options.bin}/loadgen", "--target", self.address, "--mix", "ws", "--connections", "1",
                             "--pipeline", str(depth), "--subscribers", str(subscribers), "--payload", str(BYTES),
                             "--duration", f"{self.options.seconds}s", "--topic", f"load{self.number}", "--json", "-")["result"]
        if report["missing"] or report["deliveries"]["missing"] or report["replies"]["accepted"] != report["sent"]:
            sys.exit(f"not all came back: {report['replies']}, {report['deliveries']}")
        return {"acknowledged_per_second": report["rate_per_second"],
                "delivered_per_second": report["deliveries"]["rate_per_second"], "missing": 0}

    @staticmethod
    def result(*command):
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if ran.returncode != 0:
            sys.exit(f"{command[0]} ended with {ran.returncode}: {ran.stderr}")
        return json.loads(ran.stdout)

    def row(self, shape):
        name, depth, subscribers, what, least = shape
        rates, ratios = {"plain": [], "station": []}, []
        for number in range(self.options.rounds):
            order = ("plain", "station") if number % 2 == 0 else ("station", "plain")
            one = {which: getattr(self, which)(depth, subscribers)[f"{what}_per_second"] for which in order}
            ratios.append(one["station"] / one["plain"])
            for which, rate in one.items():
                rates[which].append(rate)
        ratio = statistics.median(ratios)
        print(f"| {name} | {what} | {statistics.median(rates['plain']):,.0f} | {statistics.median(rates['station']):,.0f} "
              f"| {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {least} |", flush=True)
        return ratio >= least


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    parser.add_argument("--bin", default="build/bin")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--nodes", type=int, default=3)
    options = parser.parse_args()
    if nats_cluster.program() is None or not os.path.exists(f"{options.bin}/jetstream_plain"):
        print("there is no nats-server here, or no libnats to build with")
        sys.exit(77)
    with nats_cluster.Cluster(options.nodes) as cluster, \
            station_server.Server(f"{options.bin}/station", ["--engine", cluster.urls]) as server:
        server.open()
        run = Run(options, cluster, server.address)
        print("| load | a second | plain | station | ratio | least |")
        print("| --- | --- | ---: | ---: | ---: | ---: |")
        good = [run.row(shape) for shape in SHAPES]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
