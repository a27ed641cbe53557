"""Dialogs: opened without blocking, answering through signals, forgetting secrets when they close."""
