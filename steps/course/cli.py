"""From words to verbs."""
import sys

from . import grade, learn, overview, places, processes, programs, watch
from .check import check, replay
from .say import FAIL, INCONCLUSIVE, Stop, trouble

VERBS = {"start": learn.start, "next": overview.show_next, "check": check, "watch": watch.watch, "hint": learn.hint,
         "solution": learn.solution, "reset": learn.reset, "progress": overview.show_progress, "replay": replay,
         "grade": grade.grade, "programs": programs.build_programs}

USAGE = {
    "start": "[N]                copies the skeleton of exercise N into work/, never over what is there",
    "next": "[N]                 where you are, and what to do now",
    "check": "[N] [--reference | --cmd \"… {port} …\"] [--json FILE] [--trace DIR] [ARGS…]\n"
             "  checks work/, or the skeleton where there is nothing; further ARGS go to build/bin/check\n"
             "  exit status: 0 pass, 1 fail, 2 usage, 3 inconclusive (the machine was too noisy)",
    "watch": "[N] [ARGS…]        checks at every save, until Ctrl+C; ARGS as for check",
    "hint": "[N] [--seen]        the next hint; --seen: those you have had",
    "solution": "[N] [--force]   the difference between yours and the repository's own, after the check has passed",
    "reset": "N                  starts over; what was there goes to work/.backup/",
    "progress": "[--json]        what has passed, what is open",
    "replay": "TRACE|N [--reference | --cmd \"… {port} …\"]   drives the trace of a failed check again",
    "grade": "[--json FILE] [--junit FILE] [--only N,N…] [--limit SECONDS] [DIR…]\n"
             "  checks work/, or each DIR, a copy of a learner's work/; exit status 0: all that is there passes",
    "programs": "           builds the learner's programs for ./dev tour, which calls it",
}


def main(words):
    processes.interrupt_on_termination()
    places.mend_temporary_folder()
    verb, *rest = words or [""]
    if verb not in VERBS:
        trouble(f"no such verb: {verb or '(none)'}; there are {', '.join(VERBS)}")
        return 2
    if any(word in ("-h", "--help") for word in rest):
        print(f"usage: ./dev {verb} {USAGE[verb]}\n\nN is 1 to 10, codec, torn_tail, cursor or final (the next of "
              "these three); without it: the one you are at.")
        return 0
    try:
        return VERBS[verb](rest)
    except Stop as stop:
        sys.stdout.flush()
        trouble(stop)
        return stop.status
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except OSError as error:
        trouble(error)
        # A full disk, say: no verdict on anybody's program.
        return INCONCLUSIVE if verb in ("check", "replay") else FAIL
