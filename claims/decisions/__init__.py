"""What decisions on a claim leave behind: denials, appeals, questions that were asked, and what each check of the cover read."""
