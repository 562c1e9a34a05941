"""How Django's own pages write days and hours: as the workbench does (vanguard.workbench.dates)."""
