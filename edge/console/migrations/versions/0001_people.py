"""People who sign in, their sessions, the audit, and what the console keeps of rooms."""

from alembic import op

revision = "0001"
down_revision = None

PEOPLE = """
CREATE TABLE console.people (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    password_hash text,
    second_factor bytea,
    second_factor_step bigint NOT NULL DEFAULT 0,
    second_factor_pending bytea,
    requires_second_factor boolean NOT NULL DEFAULT false,
    is_disabled boolean NOT NULL DEFAULT false,
    link_hash bytea UNIQUE,
    link_ends_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    signed_in_at timestamptz
);
COMMENT ON COLUMN console.people.second_factor IS 'sealed with a key of the ring; the database alone gives no codes';
COMMENT ON COLUMN console.people.second_factor_step IS 'the last step whose code was used: none is used twice';
COMMENT ON COLUMN console.people.link_hash IS 'SHA-256 of the one-time link that sets a password';

CREATE TABLE console.recovery_codes (
    name text NOT NULL REFERENCES console.people ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    PRIMARY KEY (name, code_hash)
);

CREATE TABLE console.sessions (
    token_hash bytea PRIMARY KEY,
    session_id text NOT NULL UNIQUE,
    name text NOT NULL REFERENCES console.people ON DELETE CASCADE,
    network text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz NOT NULL
);
CREATE INDEX sessions_of_person ON console.sessions (name);

CREATE TABLE console.tries (
    name_hash bytea PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    locked_until timestamptz
);
COMMENT ON TABLE console.tries IS
    'failed sign-ins in a row, by the SHA-256 of the name that was typed, whether there is such a person or not';
"""

AUDIT = """
CREATE TABLE console.audit (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who text NOT NULL,
    what text NOT NULL,
    room text,
    before jsonb,
    after jsonb
);
CREATE INDEX audit_of_room ON console.audit (room, entry) WHERE room IS NOT NULL;
CREATE INDEX audit_of_who ON console.audit (who, entry);

CREATE FUNCTION console.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is added to, never changed';
END $$;
CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR DELETE ON console.audit
    FOR EACH ROW EXECUTE FUNCTION console.refuse_change();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON console.audit
    FOR EACH STATEMENT EXECUTE FUNCTION console.refuse_change();
"""

ROOMS = """
CREATE TABLE console.settings_kept (
    room text NOT NULL,
    epoch text NOT NULL,
    version integer NOT NULL,
    at timestamptz NOT NULL,
    settings jsonb NOT NULL,
    PRIMARY KEY (room, epoch, version)
);

CREATE TABLE console.points (
    room text NOT NULL,
    epoch text NOT NULL,
    at timestamptz NOT NULL,
    what jsonb NOT NULL,
    PRIMARY KEY (room, epoch, at)
);
COMMENT ON TABLE console.points IS 'how a room went, a point a moment: what reports are made of';
"""


def upgrade() -> None:
    """Make everything."""
    for part in (PEOPLE, AUDIT, ROOMS):
        op.execute(part)
