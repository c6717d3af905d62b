"""What runs inside the sandbox, under the learner environment's interpreter: the standard library and IPython only."""
