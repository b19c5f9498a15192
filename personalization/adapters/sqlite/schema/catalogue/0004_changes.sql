CREATE TABLE catalogue_changes (
    -- Ids named by this row and all before it, so that the table is cut by their number
    sequence INTEGER PRIMARY KEY,
    shop TEXT NOT NULL,
    -- JSON lists of ids
    product_ids TEXT NOT NULL,
    category_ids TEXT NOT NULL
);
-- What may be hidden from somebody at some time
CREATE INDEX hidden_products ON products (product_id)
WHERE retired_at IS NOT NULL OR group_id IS NOT NULL OR availability = 'out_of_stock' OR stock <= 0
    OR available_from IS NOT NULL OR available_until IS NOT NULL OR markets <> '[]';
