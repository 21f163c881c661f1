"""From words to verbs."""
import sys

from . import grade, helping, learn, overview, places, processes, programs, watch
from .check import check, replay
from .say import FAIL, INCONCLUSIVE, PASS, USAGE, Stop, trouble

VERBS = {"start": learn.start, "next": overview.show_next, "check": check, "watch": watch.watch, "hint": learn.hint,
         "solution": learn.solution, "reset": learn.reset, "progress": overview.show_progress, "replay": replay,
         "grade": grade.grade, "programs": programs.build_programs}

def main(words):
    processes.interrupt_on_termination()
    places.mend_temporary_folder()
    verb, *rest = words or [""]
    if verb not in VERBS:
        trouble(f"no such verb: {verb or '(none)'}; there are {', '.join(VERBS)}")
        return USAGE
    if any(word in ("-h", "--help") for word in rest):
        helping.show(verb)
        return PASS
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
