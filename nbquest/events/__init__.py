"""What happened, as frozen dataclasses, and telling it to the rooms that asked."""
