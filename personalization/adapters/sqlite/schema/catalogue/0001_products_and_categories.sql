CREATE TABLE categories (
    category_id TEXT PRIMARY KEY,
    name TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE products (
    product_id TEXT PRIMARY KEY,
    category_id TEXT NOT NULL,
    title TEXT NOT NULL,
    price REAL,
    currency TEXT NOT NULL,
    rating REAL,
    rating_count INTEGER NOT NULL,
    bought_last_month INTEGER NOT NULL,
    image_url TEXT,
    colour TEXT,
    -- ISO 8601 date
    listed_on TEXT
) WITHOUT ROWID;
