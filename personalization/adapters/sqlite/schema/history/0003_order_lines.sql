-- Quantities and prices of lines, JSON arrays parallel to product_ids; null in older events.
ALTER TABLE events ADD COLUMN quantities TEXT;
-- Millionths of the currency
ALTER TABLE events ADD COLUMN unit_price_micros TEXT;
-- ISO 4217
ALTER TABLE events ADD COLUMN currency TEXT;
ALTER TABLE events ADD COLUMN order_id TEXT;
-- Of a dwell or hover
ALTER TABLE events ADD COLUMN duration_ms INTEGER;
