"""The estate of another time in the window: snapshot files, the time slider, timelines, comparisons."""
