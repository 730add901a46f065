"""Importers: harness output and leaderboards in, one table out.

A format is a module with ``NAME``, ``claims(path)`` and ``read(path, into, options)``; it hands
what it finds to a :class:`~features.importing.shared.collector.Collector`. Names, units and
conflicts are settled afterwards, in one place for all formats.
"""
