"""The rows of all tables as pages: what each replaces, with an example that the engine makes."""
