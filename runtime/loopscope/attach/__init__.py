"""Looking into a program that already runs: `python -m loopscope attach PID`.

Runs in a process of its own; only `inside` is imported by the program that is attached to.
"""
