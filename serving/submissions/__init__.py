"""What changes the score store: scores submitted, imports undone, errors realised.

Nothing here answers before the database has it on disk; nothing is done twice under one key.
"""
