"""The verbs of accounts: each is one function, and nothing else writes."""
