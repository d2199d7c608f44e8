"""What pages read: lists with the joins they need, in a constant number of queries."""
