"""The fuzz targets with their corpora: what strangers may send.

With libFuzzer where tests/fuzz/run.sh has built it (--count executions of each target), else the corpora with count/100
changes of each input. The control is a target with a bug in it.
"""
import os
import re
import subprocess

from harness import ROOT, check

COUNT, UNIT = 200_000, "executions"
TARGETS = ["frame", "http", "request", "websocket", "control"]


def libfuzzer(run, target):
    program = os.path.join(ROOT, "build", "fuzz", "bin", f"fuzz_{target}")
    found = run.cleanup.folder()
    done = subprocess.run([program, f"-runs={run.count}", f"-seed={run.seed % 2**31 + 1}", "-max_len=4096",
                           "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1",
                           "-verbosity=0", f"-artifact_prefix={found}/",
                           found, corpus(target)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode(errors="replace")
    check(done.returncode == 0, f"fuzz_{target}:", said[-1500:])
    return int(re.search(r"number_of_executed_units: (\d+)", said)[1])


def corpus(target):
    return os.path.join(ROOT, "tests", "fuzz", "corpus", target)


def replayed(run, target):
    changes = max(1, run.count // 100)
    done = subprocess.run([run.program(f"fuzz_{target}"), corpus(target), str(changes)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    check(done.returncode == 0, f"fuzz_{target}:", done.stdout.decode(errors="replace")[-1500:])
    return len(os.listdir(corpus(target))) * (changes + 1)


def run(run):
    planted = subprocess.run([run.program("fuzz_planted"), corpus("frame"), "2000"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, check=False)
    run.report["control_caught"] = int(planted.returncode != 0)
    check(planted.returncode != 0, "a target with a bug in it ran through: this proves nothing")
    for target in TARGETS:
        fuzzer = os.path.exists(os.path.join(ROOT, "build", "fuzz", "bin", f"fuzz_{target}"))
        run.report[target] = (libfuzzer if fuzzer and run.count >= 20_000 else replayed)(run, target)
