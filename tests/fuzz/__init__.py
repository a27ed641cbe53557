"""Images, memory and hives that somebody has tampered with, before the real parsers in their sandbox.

`python -m tests.fuzz` (`make fuzz`) looks into 2,000 of them; `test_fuzz.py` into a few.
"""
