"""Two processes grade a notebook: one runs the student's code, the other holds the tests and calls it over a socket.

Frames are in `wire`, the values that cross in `codec`; both trust nothing that comes from the other side.
"""
