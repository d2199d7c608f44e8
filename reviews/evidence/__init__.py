"""The evidence package: what an auditor takes away, and the verifier that trusts nobody."""
