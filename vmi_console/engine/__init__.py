"""The headless process that holds inventory, policy, history and response, and the client that speaks to it."""
