#!/usr/bin/env python3
"""Makes what goes with the program, from its --help and the pages of docs/: manual pages, completion, configuration.

    packaging/pages.py --station BINARY --version VERSION --out FOLDER

FOLDER gets man/*.gz, completion/station and station.conf. The same program makes the same bytes.
"""
import argparse
import gzip
import re
from pathlib import Path

from help_text import read_command
from roff import from_markdown, inline, plain, section

DOCS = Path(__file__).resolve().parent.parent / "docs"
# Which section of docs/operations.md tells more of a command than its --help.
MORE = {
    "station": [("THE SERVICE", "As a Debian package"), ("THE FOLDER", "The folder")],
    "station serve": [("CONFIGURATION FILE", "The configuration file"), ("SIGNALS AND EXIT STATUS", "Stopping, and exit codes"),
                      ("HEALTH", "Health"), ("BACKUPS", "Backups"), ("UPGRADING", "Upgrading")],
    **{f"station {name}": [("NOTES", "From a shell")] for name in ("publish", "replay", "tail", "topics")},
    "station ledger": [("COMMANDS AND THEIR ANSWERS", "A ledger from a shell")],
}
# What the service of the package says, where it differs from the program by itself.
SERVICE = {"data": "/var/lib/station"}
NOT_IN_FILE = {"help", "config", "log-json"}
USUAL_STATUS = """| status | meaning |
| --- | --- |
| 0 | done |
| 1 | it failed; a line on standard error says why |
| 2 | it was asked for wrongly, and nothing was done |
"""


def option_lines(option):
    kind = rf" \fI{plain(option.kind)}\fP" if option.kind else ""
    out = [".TP", ", ".join(rf"\fB{plain(name)}\fP" for name in option.names) + kind]
    about = inline(option.about).rstrip(".") + "."
    if option.among:
        about += " One of " + ", ".join(plain(one) for one in option.among) + "."
    if option.default:
        about += rf" Default: \fB{plain(option.default)}\fP."
    if option.range:
        low, high = option.range.strip("[]").split(" - ")
        about += f" From {plain(low)} to {plain(high)}."
    for told, names in (("Required.", option.required and "yes"), ("Not with ", option.excludes), ("Only with ", option.needs)):
        if names:
            about += f" {told}" if names == "yes" else f" {told}{plain(names.replace(' ', ', '))}."
    return out + [about]


def manual_page(command, version, operations):
    name = " ".join(command.words)
    page = "-".join(command.words)
    usage = re.sub(r"(\[?[A-Za-z]+(?:\.\.\.)?\]?)$", r"\1", command.usage)
    out = [f'.TH "{page.upper()}" 1 "" "Station {version}" "Station"', ".SH NAME",
           rf"{plain(page)} \- {inline(command.about[0].lower() + command.about[1:])}", ".SH SYNOPSIS",
           rf"\fB{plain(name)}\fP {plain(usage.removeprefix(name).strip())}"]
    if command.subcommands:
        out.append(".SH COMMANDS")
        for sub in command.subcommands:
            out += [".TP", rf"\fB{plain('-'.join(sub.words))}\fP(1)", inline(sub.about)]
    for title, options in (("ARGUMENTS", command.positionals), ("OPTIONS", command.options)):
        if options:
            out += [f".SH {title}", *(line for option in options for line in option_lines(option))]
    for title, heading in MORE.get(name, []):
        out += [f'.SH "{title}"', *from_markdown(section(operations, heading))]
    if name != "station serve" and not command.subcommands:
        out += [".SH EXIT STATUS", *from_markdown(USUAL_STATUS)]
    others = ["station.conf(5)"] if name == "station serve" else []
    others += [f"{'-'.join(command.words[:-1])}(1)"] if len(command.words) > 1 else []
    out += [".SH SEE ALSO", ", ".join(plain(one) for one in others + ["/usr/share/doc/station/operations.md"])]
    return "\n".join(out) + "\n"


def configuration_page(version, operations):
    out = [f'.TH "STATION.CONF" 5 "" "Station {version}" "Station"', ".SH NAME",
           r"station.conf \- options of station serve", ".SH SYNOPSIS", r"\fB/etc/station/station.conf\fP", ".SH DESCRIPTION",
           *from_markdown(section(operations, "The configuration file")), ".SH SEE ALSO", r"station\-serve(1)"]
    return "\n".join(out) + "\n"


def configuration(serve):
    """Every option, with what it is and its default; those that the service sets stand without a # before them."""
    out = ["# Options of `station serve`: station.conf(5), station-serve(1). A line that begins with # says nothing; a # at the",
           "# beginning of an option's line is to be taken away to set it. The command line of the service wins.",
           "# What is changed here holds from the next start on: systemctl restart station", ""]
    for option in serve.options:
        name = option.name.removeprefix("--")
        if name.startswith("-") or name in NOT_IN_FILE or "--help" in option.names:
            continue
        about = option.about.rstrip(".")
        if option.needs:
            about += f"; only with {option.needs.removeprefix('--')}"
        default = option.default or ("" if option.kind else "false")
        out += [f"# {about}."]
        out += [f"{name} = {SERVICE[name]}" if name in SERVICE else f"#{name} = {default}".rstrip(), ""]
    return "\n".join(out)


def completion(station):
    """A function for bash: commands, options, and what an option may be."""
    commands, options, values = {}, {}, {}
    for command in station.with_all():
        path = " ".join(command.words[1:])
        commands[path] = " ".join(sub.words[-1] for sub in command.subcommands)
        options[path] = " ".join(name for option in command.options for name in option.names if name.startswith("--"))
        for option in command.options + command.positionals:
            for name in option.names:
                if option.among:
                    values[f"{path} {name}"] = " ".join(option.among)
                elif name.startswith("-") and not option.kind:
                    values[f"{path} {name}"] = "-"
    def table(name, entries):
        return [f"    local -A {name}=("] + [f'        ["{key or "-"}"]="{value}"' for key, value in entries.items() if value] + ["    )"]
    return "\n".join(
        ["# Completion of station's commands and options for bash.", "_station() {",
         '    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} path="" one',
         *table("commands", commands), *table("options", options), *table("values", values),
         '    for one in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
         '        case " ${commands[${path:--}]-} " in *" $one "*) path="${path:+$path }$one" ;; esac',
         "    done",
         '    local of=${path:--} choice=""',
         '    if [[ $before == --* && ${values["$path $before"]-} != - ]]; then',
         '        choice=${values["$path $before"]-}',
         '    elif [[ $word == -* ]]; then',
         "        choice=${options[$of]-}",
         "    else",
         "        choice=${commands[$of]-}",
         "    fi",
         "    # Where nothing is known, bash's own: files.",
         '    mapfile -t COMPREPLY < <(compgen -W "$choice" -- "$word")',
         "}", "complete -o default -F _station station", ""])


def write_compressed(path, text):
    # Without a name and a time in it, the same text is the same file.
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--station", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    operations = (DOCS / "operations.md").read_text(encoding="utf-8")
    station = read_command(arguments.station, ["station"])
    for folder in ("man", "completion"):
        (arguments.out / folder).mkdir(parents=True, exist_ok=True)
    for command in station.with_all():
        write_compressed(arguments.out / "man" / f"{'-'.join(command.words)}.1.gz",
                         manual_page(command, arguments.version, operations))
    write_compressed(arguments.out / "man/station.conf.5.gz", configuration_page(arguments.version, operations))
    serve = next(one for one in station.subcommands if one.words[-1] == "serve")
    (arguments.out / "station.conf").write_text(configuration(serve), encoding="utf-8")
    (arguments.out / "completion/station").write_text(completion(station), encoding="utf-8")


if __name__ == "__main__":
    main()
