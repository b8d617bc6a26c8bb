"""Holds and steps event loops: the half of the loop debugger that is inside the inspected process.

`controller.Controller` is all that others need. Nothing of it is in the way of a loop until a command asks for it, and
it takes itself out again when the last breakpoint, stop and hold are gone. Importing this package imports nothing else:
most programs are only watched.
"""
