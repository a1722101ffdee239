-- Marks of rollups in the order of their transactions: each is written at the end of its index, and they are taken from its beginning.

-- +goose Up
ALTER TABLE twin.cell_dirty DROP CONSTRAINT cell_dirty_pkey;
ALTER TABLE twin.cell_dirty ADD PRIMARY KEY (xid, cell, bucket, property, datum, class);
