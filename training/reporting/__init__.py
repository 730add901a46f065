"""What a report tells, as tables: the data card, accuracy, what changed between two runs."""
