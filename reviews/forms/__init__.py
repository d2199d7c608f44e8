"""The forms of the review pages, a module a subject."""
