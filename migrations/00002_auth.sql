-- +goose Up
CREATE SCHEMA auth;
COMMENT ON SCHEMA auth IS 'Who may do what: principals, their credentials, and the trail of what they did.';

CREATE TYPE auth.class AS ENUM ('public', 'internal', 'restricted');
COMMENT ON TYPE auth.class IS 'Classification, in the order of secrecy, so that "class <= clearance" reads as it should.';


CREATE TABLE auth.principal (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    role text NOT NULL CHECK (role IN ('viewer', 'planner', 'operator', 'gateway', 'system', 'security', 'audit')),
    password_hash text,
    stations text[] NOT NULL DEFAULT '{}',
    areas text[] NOT NULL DEFAULT '{}',
    created timestamptz NOT NULL DEFAULT now(),
    disabled timestamptz
);
COMMENT ON TABLE auth.principal IS 'A person or a program that may be given credentials. It holds exactly one role, so the three administrators stay apart.';
COMMENT ON COLUMN auth.principal.id IS 'Stable identifier.';
COMMENT ON COLUMN auth.principal.name IS 'Name for people, and for signing in.';
COMMENT ON COLUMN auth.principal.role IS 'The one role held.';
COMMENT ON COLUMN auth.principal.password_hash IS 'Argon2id hash in PHC format; null when this principal signs in with tokens only.';
COMMENT ON COLUMN auth.principal.stations IS 'Codes of the stations that a gateway may post for.';
COMMENT ON COLUMN auth.principal.areas IS 'Codes of the administrative areas a person is responsible for; empty means all.';
COMMENT ON COLUMN auth.principal.created IS 'When it was made.';
COMMENT ON COLUMN auth.principal.disabled IS 'When it was switched off; null while it is active.';


CREATE TABLE auth.token (
    id text PRIMARY KEY,
    principal text NOT NULL REFERENCES auth.principal (id) ON DELETE CASCADE,
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    created timestamptz NOT NULL DEFAULT now(),
    expires timestamptz,
    revoked timestamptz
);
COMMENT ON TABLE auth.token IS 'Bearer tokens. Only a hash is kept; the secret is shown once.';
COMMENT ON COLUMN auth.token.id IS 'Public identifier, used to revoke it.';
COMMENT ON COLUMN auth.token.principal IS 'Whose it is.';
COMMENT ON COLUMN auth.token.hash IS 'SHA-256 of the secret, which carries 256 bits of chance.';
COMMENT ON COLUMN auth.token.created IS 'When it was issued.';
COMMENT ON COLUMN auth.token.expires IS 'When it stops working; null for never.';
COMMENT ON COLUMN auth.token.revoked IS 'When it was revoked; null while it works.';


CREATE TABLE auth.session (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    principal text NOT NULL REFERENCES auth.principal (id) ON DELETE CASCADE,
    token text REFERENCES auth.token (id) ON DELETE CASCADE,
    created timestamptz NOT NULL DEFAULT now(),
    expires timestamptz NOT NULL
);
COMMENT ON TABLE auth.session IS 'Sessions of browsers. A session ends with the token that it was opened with.';
COMMENT ON COLUMN auth.session.hash IS 'SHA-256 of the cookie.';
COMMENT ON COLUMN auth.session.principal IS 'Who signed in.';
COMMENT ON COLUMN auth.session.token IS 'The token handed in; null after signing in with a password.';
COMMENT ON COLUMN auth.session.created IS 'When it began.';
COMMENT ON COLUMN auth.session.expires IS 'When it ends by itself.';


CREATE TABLE auth.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time timestamptz NOT NULL DEFAULT now(),
    principal text NOT NULL,
    role text NOT NULL,
    action text NOT NULL,
    object text NOT NULL DEFAULT '',
    outcome text NOT NULL DEFAULT 'done' CHECK (outcome IN ('done', 'refused')),
    detail jsonb,
    request text NOT NULL DEFAULT ''
);
COMMENT ON TABLE auth.audit IS 'What was done, by whom, to what. Rows are only ever added.';
COMMENT ON COLUMN auth.audit.id IS 'Order of writing.';
COMMENT ON COLUMN auth.audit.time IS 'When.';
COMMENT ON COLUMN auth.audit.principal IS 'Who: a principal''s identifier, or anonymous.';
COMMENT ON COLUMN auth.audit.role IS 'In which role.';
COMMENT ON COLUMN auth.audit.action IS 'What was done, as noun.verb, for instance token.create.';
COMMENT ON COLUMN auth.audit.object IS 'To what: an identifier.';
COMMENT ON COLUMN auth.audit.outcome IS 'Whether it was done or refused.';
COMMENT ON COLUMN auth.audit.detail IS 'What else matters; never a secret.';
COMMENT ON COLUMN auth.audit.request IS 'Identifier of the request in the log.';
CREATE INDEX audit_time ON auth.audit (time);

-- +goose StatementBegin
CREATE FUNCTION auth.audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION auth.audit_is_append_only IS 'Refuses any change of the audit trail.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON auth.audit
    FOR EACH STATEMENT EXECUTE FUNCTION auth.audit_is_append_only();
