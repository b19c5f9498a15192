-- What each line named, a JSON array parallel to product_ids; null in older events.
ALTER TABLE events ADD COLUMN variant_ids TEXT;
