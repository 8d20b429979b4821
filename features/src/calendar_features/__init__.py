"""What Calendar does, checked from outside: knows the contract, imports no service."""
