"""Tests of features/: what we know."""
