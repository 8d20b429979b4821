from pytest_bdd import scenarios

scenarios("kubernetes.feature")
