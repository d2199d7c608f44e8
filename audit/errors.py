"""The three ways in which an act is turned down; each says in a full sentence what to do."""


class NotAllowed(Exception):
    """The actor may not do this. Whoever called outermost records the refusal."""


class Conflict(Exception):
    """The facts changed since the actor saw them: who, what and when stand in the message."""


class WrongInput(Exception):
    """The input cannot be taken: what is wrong, where, and what to do. Nothing was changed."""
