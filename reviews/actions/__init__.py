"""The verbs of the reviews; nothing else writes."""
