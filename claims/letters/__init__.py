"""Letters on a claim: to the insured, in plain words, as PDF that is kept sealed, with what the law of their state wants said."""
