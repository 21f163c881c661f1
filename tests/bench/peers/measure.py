"""One cell, measured: a new server, a quiet machine where there is one, and another try where somebody disturbed it."""
import json
import os
import subprocess
import sys
import time

LOOK_SECONDS = 0.2
QUIET = 0.15  # of the machine


def busy_share():
    """How much of the machine was in use during a short look."""
    def ticks():
        with open("/proc/stat") as stat:
            user, nice, system, idle, iowait, irq, softirq, steal = map(int, stat.readline().split()[1:9])
        busy = user + nice + system + irq + softirq + steal
        return busy, busy + idle + iowait
    busy, total = ticks()
    time.sleep(LOOK_SECONDS)
    busy_later, total_later = ticks()
    return (busy_later - busy) / max(1, total_later - total)


def wait_until_quiet(seconds):
    deadline = time.monotonic() + seconds
    while busy_share() > QUIET and time.monotonic() < deadline:
        pass


def run_client(bin_dir, server, arguments):
    command = [os.path.join(bin_dir, server.client), *arguments, *server.client_arguments()]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}{server.output()}")
    return json.loads(done.stdout)


def measure_once(cell, options):
    with cell.server.running(options.bin, options.data) as server:
        if cell.fill:
            run_client(options.bin, server, cell.fill)
        wait_until_quiet(options.patience)
        result = run_client(options.bin, server, cell.client)
    result["server_us"] = 1e6 * result["server_cpu"] / result["rate"]
    return result


def measure(cell, options):
    """The least disturbed of at most `options.tries` runs; no more are made once one was quiet enough."""
    best = None
    for _ in range(options.tries):
        result = measure_once(cell, options)
        if best is None or result["other_cpu"] < best["other_cpu"]:
            best = result
        if best["other_cpu"] <= options.others:
            break
    best["disturbed"] = best["other_cpu"] > options.others
    print(f"  {cell.row}: {cell.name}: {best['rate']:,.0f}/s" + (", disturbed" if best["disturbed"] else ""),
          file=sys.stderr)
    return best
