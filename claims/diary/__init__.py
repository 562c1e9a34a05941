"""The diary: what is to be done next on each open claim, on which day, and by whom."""
