"""Known vulnerabilities, from data sets that the operator has downloaded: nothing is ever fetched or sent.

files → osv (one advisory each) → index (by system and package) → checks.vulnerabilities
files → cvrf (a month of Microsoft's) → windows (by product, updates and build) → index → checks.vulnerabilities
exploited: which of them are known to be exploited
"""
