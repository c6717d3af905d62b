"""The XP ledger, and what follows from it: XP, level and streak."""
