"""What happened, kept for good: the append-only change store, and what was last known of each entity.

`store.History` is what an engine uses, on its event loop. Behind it, on a thread of its own, is `database.Database`,
which knows the tables of `schema`; `lock` sees to it that one engine at a time writes them. `upkeep` holds the file to
the limits of `retention`, and `recovery` puts back what `salvage` can read of a damaged one.
"""
