"""Payment providers: the port, and one module for each counterpart."""
