import pathlib
import sys

# As `python3 steps/course`: what is imported is the package, from the folder that it is in.
sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

from course.cli import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
