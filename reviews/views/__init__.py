"""The pages of the reviews, a module a subject."""
