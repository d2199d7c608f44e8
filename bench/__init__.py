"""Measures the big acts, each beside its bare limit in the same run: ``python -m bench``.

A step is a function that does what it must beforehand and gives the seconds of what is measured.
Every step is a process of its own, so that its peak of memory is its own, too.
"""
