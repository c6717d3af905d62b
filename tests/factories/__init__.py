"""Makes what tests need, out of real parts."""
