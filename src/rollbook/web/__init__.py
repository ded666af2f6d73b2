"""The pages that members see; no rules in here."""
