-- +goose Up
ALTER TABLE auth.principal ADD COLUMN vendor text NOT NULL DEFAULT '' CHECK (length(vendor) <= 200);
ALTER TABLE auth.principal DROP CONSTRAINT principal_role_check;
ALTER TABLE auth.principal ADD CONSTRAINT principal_role_check
    CHECK (role IN ('viewer', 'planner', 'operator', 'gateway', 'vendor', 'system', 'security', 'audit'));
ALTER TABLE auth.principal ADD CONSTRAINT principal_vendor_role CHECK ((role = 'vendor') = (vendor <> ''));
COMMENT ON COLUMN auth.principal.vendor IS 'Name of the vendor whose field stations it sees, as ingest.rtu has it; empty for every role but vendor.';

UPDATE ingest.rtu SET vendor = btrim(vendor) WHERE vendor <> btrim(vendor);
CREATE INDEX rtu_vendor ON ingest.rtu (vendor) WHERE vendor <> '';
ALTER TABLE ingest.frame ADD COLUMN spoken_for text[], ADD COLUMN held jsonb;
COMMENT ON COLUMN ingest.frame.spoken_for IS 'Addresses of other field stations that it speaks for, whatever became of that; null where that was not noted.';
COMMENT ON COLUMN ingest.frame.held IS 'Readings that it brought and that were stored or held already: codes of datastreams, each with its times in seconds since 1970; null where it brought none or that was not noted.';
CREATE INDEX frame_sender ON ingest.frame (protocol, address, id);

ALTER TABLE twin.correction ADD COLUMN undone_name text NOT NULL DEFAULT '';
COMMENT ON COLUMN twin.correction.undone_name IS 'The name of who undid it, as it was then; empty while it stands.';
CREATE INDEX correction_applied ON twin.correction (applied, id);
