"""Facts from the memory of running Linux guests. Runs inside the parser process only."""
