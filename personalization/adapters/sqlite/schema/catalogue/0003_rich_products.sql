ALTER TABLE products ADD COLUMN group_id TEXT;
ALTER TABLE products ADD COLUMN brand TEXT;
ALTER TABLE products ADD COLUMN size TEXT;
ALTER TABLE products ADD COLUMN list_price REAL;
ALTER TABLE products ADD COLUMN availability TEXT NOT NULL DEFAULT 'in_stock';
ALTER TABLE products ADD COLUMN stock INTEGER;
-- ISO 8601 moments
ALTER TABLE products ADD COLUMN available_from TEXT;
ALTER TABLE products ADD COLUMN available_until TEXT;
-- JSON list of regions
ALTER TABLE products ADD COLUMN markets TEXT NOT NULL DEFAULT '[]';
CREATE INDEX products_by_group ON products (group_id, product_id) WHERE group_id IS NOT NULL;

ALTER TABLE categories ADD COLUMN parent_id TEXT;

CREATE TABLE product_details (
    shop TEXT NOT NULL,
    product_id TEXT NOT NULL,
    -- JSON
    details BLOB NOT NULL,
    PRIMARY KEY (shop, product_id)
) WITHOUT ROWID;
