"""Where findings and acts are told outside the console: syslog, a webhook, a file of lines.

Whatever is told goes through a spool on disk, so that a receiver that is away, and a console that is killed, lose
nothing: a line is struck off when its receiver has taken it. UDP never says whether it has.
"""
