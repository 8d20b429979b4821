"""The Helm chart of Calendar: renders it without a cluster, and writes its table of values."""
