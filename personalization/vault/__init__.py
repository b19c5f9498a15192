"""What is known of people under keys: pseudonyms in place of their ids, encrypted fields."""
