"""How benchcast is used: the command line (``serving.cli``) and its settings."""
