"""What contains code that nobody trusts."""
