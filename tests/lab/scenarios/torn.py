"""The last record cut at every byte and flipped at every bit; recovery keeps what it cut, a second one changes nothing.

On a simulated disk: tests/lab/drivers/torn.cpp.
"""
from harness import check

COUNT, UNIT = 48, "logs"


def run(run):
    found, _ = run.driver("lab_log", "torn", "--seed", run.seed, "--count", run.count)
    run.report.update(found)
    careless, _ = run.driver("lab_log", "torn", "--seed", run.seed, "--count", 1, "--control", ok=(0, 1))
    run.report["control_caught"] = careless["wrong"]
    check(careless["wrong"] > 0, "a reader that looks at no CRC was not caught: this proves nothing")
