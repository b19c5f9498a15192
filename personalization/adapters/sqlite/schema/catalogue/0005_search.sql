CREATE INDEX products_by_category ON products (category_id, product_id);

-- What the index of words knows a product by
CREATE TABLE product_numbers (
    number INTEGER PRIMARY KEY,
    product_id TEXT NOT NULL UNIQUE
);

CREATE VIRTUAL TABLE product_titles
USING fts5(title, content='', tokenize="unicode61 remove_diacritics 2");

INSERT INTO product_numbers (product_id) SELECT product_id FROM products;

INSERT INTO product_titles (rowid, title)
SELECT number, title FROM product_numbers JOIN products USING (product_id);

CREATE TRIGGER product_is_new AFTER INSERT ON products BEGIN
    INSERT INTO product_numbers (product_id) VALUES (new.product_id); --
    INSERT INTO product_titles (rowid, title) VALUES (last_insert_rowid(), new.title); --
END;

-- The index keeps no titles: one is taken out by what it was.
CREATE TRIGGER title_changed AFTER UPDATE OF title ON products WHEN old.title IS NOT new.title BEGIN
    INSERT INTO product_titles (product_titles, rowid, title)
    SELECT 'delete', number, old.title FROM product_numbers WHERE product_id = new.product_id; --
    INSERT INTO product_titles (rowid, title)
    SELECT number, new.title FROM product_numbers WHERE product_id = new.product_id; --
END;
