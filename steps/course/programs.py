"""./dev tour draws the learner's programs, too, as far as they compile: a graph shows what is there now, never an older
one.
"""
from . import places
from .building import Tree
from .say import trouble, usage


def build_programs(words):
    if words:
        raise usage(f"what is {words[0]}?")
    for program in places.BUILD.glob("work/step*"):
        if not (places.WORK / program.name[len("step"):]).is_dir():
            program.unlink()   # of a folder that is gone, or of a test
    tree = Tree()
    for folder in sorted(places.WORK.glob("[0-9][0-9]_*/")):
        program = f"work/step{folder.name}"
        tree.prepare(program)
        if tree.make(program) is not None:
            (places.BUILD / program).unlink(missing_ok=True)
            trouble(f"{places.shown(folder)} does not compile yet, so the graphs are drawn without it")
    return 0
