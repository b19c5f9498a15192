"""What the page reads: built from a decision, found again, without what rules have hidden since."""
