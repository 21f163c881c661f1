"""The learner's and the teacher's verbs: ./dev start, next, check, watch, hint, solution, reset, progress, replay and
grade.

Python 3.9 and its standard library, no network. ./dev calls it; ./dev help says what each verb does.
"""
