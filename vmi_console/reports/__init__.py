"""What leaves the console for people and programs: workbooks, bills of materials, events, tables, HTML and PDF."""
