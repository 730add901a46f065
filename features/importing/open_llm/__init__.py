"""Exports of the Open LLM Leaderboard, versions 1 and 2.

It knows the columns of those exports and nothing of other leaderboards.
"""

__all__: list[str] = []
