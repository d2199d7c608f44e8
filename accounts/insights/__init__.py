"""Facts of the access itself that bear on keeping it: what it breaks, what looks unused.

Facts against history (S8, S10 ...) belong to ``reviews``.
"""
