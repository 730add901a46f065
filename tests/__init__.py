"""Tests: a folder per package, acceptance/ (the whole job), bench/ and examples/."""
