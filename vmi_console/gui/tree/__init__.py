"""The estate tree: what hangs below what (`forest`), its rows for Qt (`model`), and how they are painted (`view`)."""
