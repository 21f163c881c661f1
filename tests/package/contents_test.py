#!/usr/bin/env python3
"""What the Debian packages hold, without a root of their own.

    contents_test.py --build BUILD | --packages FOLDER
"""
import gzip
import re
import shutil
import subprocess
import sys
import tempfile

from packages import ROOT, SKIPPED, arguments, check, equal, field, main, run

SERVICE = "usr/lib/systemd/system/station.service"


def paths(package):
    """Path to (mode, owner)."""
    entries = {}
    for line in run("dpkg-deb", "--contents", package).splitlines():
        mode, owner, _, _, _, path = line.split(maxsplit=5)
        entries[path.partition(" -> ")[0].removeprefix("./")] = (mode, owner)
    return entries


def unpacked(package, folder):
    run("dpkg-deb", "--raw-extract", package, folder / "root")
    return folder / "root"


def files_are_roots_and_nobody_else_may_write(station, development, _):
    for package in (station, development):
        for path, (mode, owner) in paths(package).items():
            equal(owner, "root/root", f"the owner of {path}")
            check(mode[5] != "w" and mode[8] != "w" or mode[0] == "l", f"{path} can be written by others: {mode}")


def what_is_where(station, development, _):
    has = paths(station)
    for path in ("usr/bin/station", "etc/station/station.conf", SERVICE, "usr/share/man/man1/station.1.gz",
                 "usr/share/man/man1/station-ledger-append.1.gz", "usr/share/man/man5/station.conf.5.gz",
                 "usr/share/bash-completion/completions/station", "usr/share/doc/station/copyright",
                 "usr/share/doc/station/changelog.gz", "usr/share/doc/station/operations.md",
                 "usr/share/doc/station/examples/nginx.conf"):
        check(path in has, f"station has no {path}")
    check(not any(path.startswith("usr/include") or path.endswith(".a") for path in has), "station has a library")
    has = paths(development)
    for path in ("usr/include/station/log/bus.hpp", "usr/lib/libstation_log.a", "usr/lib/cmake/station/stationConfig.cmake",
                 "usr/lib/pkgconfig/station-log.pc"):
        check(path in has, f"libstation-dev has no {path}")
    check("usr/bin/station" not in has, "libstation-dev has the program")


def the_program_needs_what_it_is_linked_with(station, _, folder):
    needs = field(station, "Depends")
    for library in ("libc6", "libcurl", "libsodium", "libsqlite3", "zlib1g"):
        check(library in needs, f"the package does not depend on {library}: {needs}")
    check(f"{field(station, 'Version')}_" in station.name, "the file's name has the version")
    program = unpacked(station, folder) / "usr/bin/station"
    check("not stripped" not in run("file", program), "the program has its debug information in it")
    check("Usage: station" in run(program, "--help"), "the program of the package runs")


def every_command_has_a_manual_page(station, _, folder):
    root = unpacked(station, folder)
    def look(words):
        text = run(root / "usr/bin/station", *words, "--help")
        page = gzip.decompress((root / f"usr/share/man/man1/{'-'.join(['station', *words])}.1.gz").read_bytes()).decode()
        for option in re.findall(r"(?m)^  (?:-h,)?(--[a-z-]+)", text):
            check(option.replace("-", r"\-") in page, f"the page of {words} does not name {option}")
        for name in re.findall(r"(?m)^  ([a-z-]+) ", text.partition("Subcommands:")[2]):
            look([*words, name])
    look([])
    if not shutil.which("man"):
        return
    for page in sorted((root / "usr/share/man").glob("man*/*.gz")):
        done = subprocess.run(["man", "--warnings", "--encoding=UTF-8", "--local-file", "--troff-device=utf8", "--ditroff",
                               str(page)], capture_output=True, text=True, timeout=60, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        equal((done.returncode, done.stderr), (0, ""), f"what man says of {page.name}")


def the_configuration_has_every_option_and_is_taken(station, _, folder):
    root = unpacked(station, folder)
    text = (root / "etc/station/station.conf").read_text(encoding="utf-8")
    options = set(re.findall(r"(?m)^  (?:-h,)?--([a-z-]+)", run(root / "usr/bin/station", "serve", "--help")))
    named = re.findall(r"(?m)^#?([a-z-]+) =", text)
    equal((set(named), len(named)), (options - {"help", "config", "log-json"}, len(set(named))), "the options that it names")
    equal(re.findall(r"(?m)^[a-z].*", text), ["data = /var/lib/station"], "those that it sets")
    # Its own defaults, taken for values, are what the program takes; a data folder that can't be made ends it at once.
    all_set = folder / "all.conf"
    text = re.sub(r"(?m)^#([a-z-]+ = \S)", r"\1", text).replace("chat = false", "chat = true")
    text = text.replace("nats-prefix =", "#nats-prefix =")  # it needs an engine, and an engine has no folder
    all_set.write_text(text.replace("/var/lib/station", "/dev/null/none"), encoding="utf-8")
    done = subprocess.run([root / "usr/bin/station", "serve", "--config", all_set], capture_output=True, text=True, timeout=60)
    check(done.returncode == 2 and "/dev/null/none" in done.stderr, f"with every default set: {done.returncode} {done.stderr}")


def completion_knows_commands_options_and_values(station, _, folder):
    script = unpacked(station, folder) / "usr/share/bash-completion/completions/station"
    def complete(*words):
        lines = f'source {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _station; printf "%s\\n" "${{COMPREPLY[@]}}"'
        return run("bash", "-c", lines, "bash", "station", *words).split()
    check({"serve", "ledger", "publish"} <= set(complete("")), f"commands: {complete('')}")
    equal(complete("ser"), ["serve"], "the beginning of a command")
    check({"append", "verify"} <= set(complete("ledger", "")), "commands of a command")
    check({"--max-payload", "--max-line"} <= set(complete("serve", "--max-")), "options")
    check("--max-line" not in complete("ledger", "append", "--max-"), "only those of the command")
    equal(complete("serve", "--log-level", ""), ["debug", "info", "warning", "error"], "what an option may be")
    equal(complete("serve", "--data", ""), [], "files are bash's own")


def the_unit_is_one_and_is_hardened(station, _, folder):
    root = unpacked(station, folder)
    unit = (root / SERVICE).read_text(encoding="ascii")
    for line in ("Type=notify", "DynamicUser=yes", "StateDirectory=station", "Restart=on-failure", "LimitNOFILE=65536",
                 "ExecStart=/usr/bin/station serve --config /etc/station/station.conf"):
        check(f"\n{line}\n" in unit, f"the unit does not say {line}")
    stop = int(re.search(r"(?m)^TimeoutStopSec=(\d+)$", unit)[1])
    drain = int(re.search(r"--drain-timeout TEXT[= \[]*(\d+)s", run(root / "usr/bin/station", "serve", "--help"))[1])
    check(stop > drain, f"it is killed after {stop} s, and takes {drain} s to drain")
    if not shutil.which("systemd-analyze"):
        return
    told = run("systemd-analyze", "security", "--offline=true", "--no-pager", root / SERVICE)
    exposure = float(re.search(r"Overall exposure level for station.service: ([0-9.]+)", told)[1])
    check(exposure < 2.0, f"systemd-analyze security finds too much open: {exposure}\n{told}")


def the_papers_say_the_same_version(station, development, _):
    version = field(station, "Version")
    equal(field(development, "Version"), version, "the version of libstation-dev")
    changelog = (ROOT / "packaging/debian/changelog").read_text(encoding="utf-8")
    check(changelog.startswith(f"station ({version}) "), f"packaging/debian/changelog does not begin with {version}")


def lintian_finds_no_error(station, development, _):
    if not shutil.which("lintian"):
        print("      lintian is not installed: it was not asked")
        return
    done = subprocess.run(["lintian", "--fail-on", "error", "--no-tag-display-limit", station, development],
                          capture_output=True, text=True, timeout=300)
    check(done.returncode == 0, f"lintian: {done.stdout}{done.stderr}")
    for line in done.stdout.splitlines():
        print(f"      {line}")


if __name__ == "__main__":
    if not shutil.which("dpkg-deb"):
        print("skipped: there is no dpkg-deb: this is not Debian")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(prefix="station-package-") as folder:
        sys.exit(main([files_are_roots_and_nobody_else_may_write, what_is_where, the_program_needs_what_it_is_linked_with,
                       every_command_has_a_manual_page, the_configuration_has_every_option_and_is_taken,
                       completion_knows_commands_options_and_values, the_unit_is_one_and_is_hardened,
                       the_papers_say_the_same_version, lintian_finds_no_error], arguments(), folder))
