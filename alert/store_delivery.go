package alert

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/postgis"
)

//go:embed channel_find.sql
var channelFindSQL string

// Channels lists where warnings are sent, and how far that is.
func Channels(ctx context.Context, db *postgis.DB) ([]Channel, error) {
	rows, err := db.Query(ctx, channelFindSQL)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Channel])
	return found, postgis.Fault(err)
}

// AddChannel makes a channel within tx. The secret of a webhook is told here and never again.
func AddChannel(ctx context.Context, tx pgx.Tx, r ChannelRequest) (ChannelMade, error) {
	if err := r.check(); err != nil {
		return ChannelMade{}, err
	}
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM alert.channel`).Scan(&n); err != nil {
		return ChannelMade{}, postgis.Fault(err)
	}
	if n >= maxChannels {
		return ChannelMade{}, fault.New(fault.Conflict, "too-many-channels", "there are {limit} channels already: remove some", "limit", maxChannels)
	}
	var secret []byte
	if r.Kind == Webhook {
		secret = make([]byte, 32)
		_, _ = rand.Read(secret) // crypto/rand.Read never fails: it stops the program instead
	}
	made := ChannelMade{Secret: hex.EncodeToString(secret)}
	err := tx.QueryRow(ctx, `INSERT INTO alert.channel (kind, address, severity, class, language, secret)
		VALUES ($1, $2, $3::text::alert.severity, $4::text::auth.class, $5, $6) RETURNING id`,
		r.Kind, r.Address, string(r.Severity), r.Class, r.Language, secret).Scan(&made.ID)
	return made, postgis.Fault(err)
}

// RemoveChannel removes a channel within tx, with what still waits for it.
func RemoveChannel(ctx context.Context, tx pgx.Tx, id int64) error {
	tag, err := tx.Exec(ctx, `DELETE FROM alert.channel WHERE id = $1`, id)
	if err == nil && tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "unknown-channel", "there is no channel {channel}", "channel", id)
	}
	return postgis.Fault(err)
}

// delivery is a message that is being sent.
type delivery struct {
	ID       int64
	Channel  int64
	Created  time.Time
	Tries    int
	Kind     string
	Address  string
	Class    string
	Language string
	Secret   []byte
	Alert    int64
	Event    int64
}

//go:embed delivery_take.sql
var deliveryTakeSQL string

// take takes the next message that is due; nil for none.
func take(ctx context.Context, db *postgis.DB) (*delivery, error) {
	rows, err := db.Query(ctx, deliveryTakeSQL, leaseTime.Seconds())
	if err != nil {
		return nil, postgis.Fault(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[delivery])
	if err != nil || len(got) == 0 {
		return nil, postgis.Fault(err)
	}
	return got[0], nil
}

// taken notes that the other side took a message.
func taken(ctx context.Context, db *postgis.DB, id int64) error {
	_, err := db.Exec(ctx, `UPDATE alert.delivery SET sent = now(), last_error = '' WHERE id = $1`, id)
	return postgis.Fault(err)
}

// unqueue removes a message that is not to be sent.
func unqueue(ctx context.Context, db *postgis.DB, id int64) error {
	_, err := db.Exec(ctx, `DELETE FROM alert.delivery WHERE id = $1`, id)
	return postgis.Fault(err)
}

//go:embed delivery_fail.sql
var deliveryFailSQL string

// refused notes that a message did not arrive, and says whether it was given up.
func refused(ctx context.Context, db *postgis.DB, id int64, why string, wait time.Duration) (bool, error) {
	rows, err := db.Query(ctx, deliveryFailSQL, id, why, wait.Seconds(), giveUp.Seconds())
	if err != nil {
		return false, postgis.Fault(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[bool]) // none where the channel was removed meanwhile
	return len(got) > 0 && got[0], postgis.Fault(err)
}

// forget removes what was sent or given up long ago.
func forget(ctx context.Context, db *postgis.DB) error {
	_, err := db.Exec(ctx, `DELETE FROM alert.delivery WHERE coalesce(sent, failed) < now() - interval '30 days'`)
	return postgis.Fault(err)
}
