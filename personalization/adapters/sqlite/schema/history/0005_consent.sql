-- Purposes agreed to, with a space between; empty refuses all, null says nothing of it.
ALTER TABLE events ADD COLUMN consent TEXT;
-- Of an order or its refund: whether the shop's server said so; null where that is not asked for.
ALTER TABLE events ADD COLUMN attested INTEGER;
