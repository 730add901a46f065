"""Tests of the predictors: one conformance suite, slow references, intervals as statistics."""
