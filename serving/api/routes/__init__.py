"""The routes of API v1, one file a subject.

A route reads a request and gives a reply; no route imports another.
"""

__all__: list[str] = []
