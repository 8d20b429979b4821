"""Measures every path of Calendar beside its ceiling and its peers, in the same run.

Nothing heavy is imported here: the bare handlers run in the API's environment.
"""
