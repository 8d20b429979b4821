"""Black-box scenarios for Calendar: know the contract, import no service."""
