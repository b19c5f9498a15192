"""Who people are: behind which pseudonym, and by which id of the shop."""
