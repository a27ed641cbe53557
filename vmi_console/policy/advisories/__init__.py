"""Known vulnerabilities, from data sets that the operator has downloaded: nothing is ever fetched or sent.

files → osv (one advisory each) → index (by system and package) → checks.vulnerabilities
exploited: which of them are known to be exploited
"""
