package bureau

import (
	"context"
	"database/sql"
	"time"

	"basin/fault"
)

// DB is a database of another bureau. It connects when it is first asked, and anew whenever the connection broke.
type DB struct {
	address Address
	kind    kind
	sql     *sql.DB
	version string // empty until it has answered
}

// Open makes ready to ask a database. Nothing is connected yet.
func Open(a Address) (*DB, error) {
	c, err := a.kind.connector(a)
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad-bureau-address", "the address of the database {address} is wrong: {why}", "address", a.String(), "why", a.masked(err.Error()))
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(2)
	db.SetMaxIdleConns(1)
	db.SetConnMaxIdleTime(time.Minute)
	return &DB{address: a, kind: a.kind, sql: db}, nil
}

// Close ends its connections.
func (db *DB) Close() { _ = db.sql.Close() }

// Address is where it is.
func (db *DB) Address() Address { return db.address }

// do runs fn in a transaction, which cannot write unless writing is true, and commits it when fn returns no error. A statement may take statementLimit.
func (db *DB) do(ctx context.Context, writing bool, fn func(ctx context.Context, tx *sql.Tx) error) error {
	limited, cancel := context.WithTimeout(ctx, 2*statementLimit)
	defer cancel()
	return db.address.fault(ctx, db.run(limited, writing, fn))
}

func (db *DB) run(ctx context.Context, writing bool, fn func(ctx context.Context, tx *sql.Tx) error) error {
	if db.version == "" {
		if err := db.sql.QueryRowContext(ctx, db.kind.versionSQL()).Scan(&db.version); err != nil {
			return err
		}
	}
	tx, err := db.sql.BeginTx(ctx, &sql.TxOptions{ReadOnly: !writing && db.kind.readOnly()})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to undo
	for _, statement := range db.kind.begin(db.version) {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}
