"""HELM: result tables of a release, and folders of runs.

It reads files of HELM only; names and units are settled by the importer behind it.
"""

__all__: list[str] = []
