"""Who claims on a claim: customers, and people and organisations who are none."""
