"""The `nbquest` command: it wires the other parts together and holds no rules of its own."""
