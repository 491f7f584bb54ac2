"""Turn simulated records into estimates, and check them against exact queueing results."""
