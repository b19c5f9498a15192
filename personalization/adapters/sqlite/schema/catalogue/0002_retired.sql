-- ISO 8601 moment since when a feed of the whole catalogue lacks the product
ALTER TABLE products ADD COLUMN retired_at TEXT;
