"""Arbitration, the kind of consult that weighs two opinions. `run.run(brief, tools)` is the door."""
