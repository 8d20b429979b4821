"""Renders the Helm chart without a cluster, and generates its table of values."""
