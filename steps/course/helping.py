"""./dev VERB --help: every option of a verb, those that it hands on to the checker, too."""
import dataclasses
import re
import subprocess

from . import places
from .say import listed, wrapped

WHICH = ("N is 1 to 10, codec, torn_tail, cursor, cas, chain, dedup, reconnect or final (the next of these seven); "
         "without it: the one you are at.")

CHECKED = {"--reference": "the repository's own step in the learner's place",
           "--cmd COMMAND": "a server in any language: a shell command in which {port} stands for the port, and "
                            "{options} for the step's options, which otherwise come at its end"}
WRITTEN = {"--json FILE": "the results, for programs",
           "--trace DIR": "where a failure's trace goes; build/check/N/latest"}

# Of the checker, what ./dev gives it itself, and what is said above.
GIVEN = {"-h,--help", "--bin", "--cases", "--program", "--label", "--history", "--replay", "--sanitizer-reports",
         "--station",
         *(option.split()[0] for option in {**CHECKED, **WRITTEN})}


@dataclasses.dataclass
class Help:
    synopsis: str
    what: str
    options: dict = dataclasses.field(default_factory=dict)
    hands_on: bool = False   # what it does not know goes to the checker


HELP = {
    "start": Help("[N]", "copies the skeleton of exercise N into work/, never over what is there"),
    "next": Help("[N]", "where you are, and what to do now"),
    "check": Help('[N] [--reference | --cmd "… {port} …"] [OPTIONS]',
                  "checks work/, or the skeleton where there is nothing. Exit status: 0 pass, 1 fail, 2 usage, 3 "
                  "inconclusive (the machine was too noisy, or the check itself could not be run)",
                  {**CHECKED, **WRITTEN}, True),
    "watch": Help("[N] [OPTIONS]", "checks at every save, until Ctrl+C", {**CHECKED, **WRITTEN}, True),
    "hint": Help("[N] [--seen]", "the next hint", {"--seen": "those you have had"}),
    "solution": Help("[N] [--force]", "the difference between yours and the repository's own, and a walk through that, "
                     "after the check has passed", {"--force": "now; progress shows that"}),
    "reset": Help("N", "starts over; what was there goes to work/.backup/"),
    "progress": Help("[--json]", "what has passed, what is open", {"--json": "for programs"}),
    "replay": Help('TRACE|N [--reference | --cmd "… {port} …"]', "drives the trace of a failed check again",
                   {**CHECKED, "--json FILE": WRITTEN["--json FILE"]}, True),
    "grade": Help("[OPTIONS] [DIR…]",
                  "checks work/, or each DIR: a copy of a learner's work/, or a class, a folder of such copies. Exit "
                  "status: 0 all that is there passes, 1 something does not, 2 usage, 3 nothing is worse than "
                  "inconclusive",
                  {"--json FILE": "the results, for programs", "--junit FILE": "the results as JUnit's XML",
                   "--only N,N…": "only these exercises", "--limit SECONDS": "longest time for one check, 120",
                   "--again": "check what has been graded before, too"}),
    "programs": Help("", "builds the learner's programs for ./dev tour, which calls it"),
}


def _parsed(text):
    """The options of a program that prints its help as CLI11 or argparse do: with its value, and what it is for."""
    options, last = {}, ""
    for line in text.splitlines():
        option = re.match(r"  (-\S+)(?: ([A-Z]+)\b)?(.*?)(?:  +(\S.*))?$", line)
        if option:
            name = option[1]
            value = f" {option[2]}" if option[2] and option[2] != "TEXT" else " …" if option[2] else ""
            last = name + value
            options[last] = option[4] or ""
        elif last and re.match(r" {20,}\S", line):
            options[last] = f"{options[last]} {line.strip()}".strip()
        else:
            last = ""
    return options


def _of_the_checker():
    """What a check hands on; nothing where the checker is not built yet."""
    try:
        said = subprocess.run([places.BIN / "check", "--help"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return {option: what for option, what in _parsed(said).items() if option.split()[0] not in GIVEN}


def show(verb):
    about = HELP[verb]
    print(wrapped(f"usage: ./dev {verb} {about.synopsis}".rstrip(), further="    "))
    print()
    print(wrapped(about.what))
    if "N" in re.split(r"\W", about.synopsis):
        print(wrapped(WHICH))
    if about.options:
        print()
        listed(about.options)
    if about.hands_on:
        further = _of_the_checker()
        print()
        if further:
            print(wrapped("handed on to the checker of the steps (of these, codec, torn_tail, cursor, cas, chain, "
                          "dedup and reconnect take --only):"))
            listed(further)
        else:
            print(wrapped("Further options go to the checker; once it is built (./dev check builds it), this lists "
                          "them, too."))
