// Package migrations holds the schema as numbered SQL.
package migrations

import "embed"

// Files are the migrations, in the form of goose.
//
//go:embed *.sql
var Files embed.FS
