-- Version 4. Extra points count, but not among the possible ones.
ALTER TABLE mark ADD COLUMN extra INTEGER NOT NULL DEFAULT 0 CHECK (extra IN (0, 1));
