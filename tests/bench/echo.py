#!/usr/bin/env python3
"""Step 2's echo beside a plain C epoll echo server: the same C client against both, in turns, medians of the rounds.

    tests/bench/echo.py [--rounds 5] [--seconds 1] [--bin build/bin]

The processor time is the server's, for one line. The client has one thread and looks at nothing; with both servers it
shares the machine's cores with the server."""
import argparse
import os
import resource
import statistics
import subprocess

LINE_BYTES = 128
SHAPES = [(1, 1), (1, 64), (50, 1), (50, 64), (1000, 1), (1000, 64)]  # connections, lines in flight on each


def start(command):
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return server, server.stdout.readline().strip().rsplit(":", 1)[1]


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(client, server, port, connections, depth, seconds):
    before = cpu_seconds(server.pid)
    command = [client, port, str(LINE_BYTES), str(connections), str(depth), str(seconds)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = float(dict(part.split("=") for part in output.split())["rate"])
    return rate, (cpu_seconds(server.pid) - before) / (rate * seconds) * 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--bin", default="build/bin")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    servers = {
        "C": start([f"{options.bin}/epoll_echo_server"]),
        "step 2": start([f"{options.bin}/step02_async_echo", "--port", "0"]),
    }
    try:
        print("| connections | in flight | C, lines/s | step 2, lines/s | ratio | C, ns/line | step 2, ns/line |")
        print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for connections, depth in SHAPES:
            rounds = {name: [] for name in servers}
            for _ in range(options.rounds):
                for name, (server, port) in servers.items():
                    rounds[name].append(
                        measure(f"{options.bin}/epoll_client", server, port, connections, depth, options.seconds))
            rate = {name: statistics.median(r for r, _ in seen) for name, seen in rounds.items()}
            cost = {name: statistics.median(c for _, c in seen) for name, seen in rounds.items()}
            print(f"| {connections:,} | {depth} | {rate['C']:,.0f} | {rate['step 2']:,.0f} "
                  f"| {rate['step 2'] / rate['C']:.2f} | {cost['C']:,.0f} | {cost['step 2']:,.0f} |", flush=True)
    finally:
        for server, _ in servers.values():
            server.kill()


if __name__ == "__main__":
    main()
