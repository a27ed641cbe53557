"""The sheets: what each pane says of a record, worked out without widgets. One module for each subject."""
