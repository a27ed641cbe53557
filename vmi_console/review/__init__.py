"""The estate of another time: snapshot files, moments of the history, imports, comparison and replay."""
