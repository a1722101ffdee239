package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"basin/access"
	"basin/auth"
)

// TokenCmd issues and revokes tokens.
type TokenCmd struct {
	Create TokenCreateCmd `cmd:"" help:"Issue a token, shown this once."`
	Revoke TokenRevokeCmd `cmd:"" help:"Revoke a token."`
}

// TokenCreateCmd issues a token.
type TokenCreateCmd struct {
	Role    string        `required:"" enum:"viewer,planner,operator,gateway,vendor,security,audit" help:"What its holder may do: viewer, planner, operator, gateway, vendor, security or audit."`
	Name    string        `help:"Whose it is, for the audit trail."`
	Station []string      `help:"Code of a station or work that a gateway may post for; may be given again."`
	Vendor  string        `help:"Name under which the field stations of a vendor are registered; it sees these and what they send."`
	Area    []string      `help:"Code of an administrative area that its holder is responsible for; may be given again."`
	Valid   time.Duration `help:"How long it is valid, for instance 8760h; for ever when absent."`
	JSON    bool          `name:"json" help:"Print JSON."`
}

// Help shows examples.
func (c *TokenCreateCmd) Help() string {
	return "Example:\n  basin token create --role gateway --station 60117200 --name tianshenggang-rtu\n  basin token create --role vendor --vendor ACME"
}

// local is whoever runs a verb on the machine of the database: the system administrator.
func local() access.Principal {
	return access.Principal{ID: "command-line", Name: "command line", Role: access.System}
}

// Run issues the token.
func (c *TokenCreateCmd) Run(ctx context.Context, env *Env) error {
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	g := auth.Grant{Role: access.Role(c.Role), Name: c.Name, Stations: c.Station, Vendor: c.Vendor, Areas: c.Area}
	if c.Valid > 0 {
		t := time.Now().Add(c.Valid)
		g.Expires = &t
	}
	issued, err := auth.New(db).Issue(ctx, local(), g, "command-line")
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(env.Stdout).Encode(issued)
	}
	fmt.Fprintf(env.Stdout, "id     %s\ntoken  %s\nIt is shown this once: keep it where only its holder can read it.\n", issued.ID, issued.Token)
	return nil
}

// TokenRevokeCmd revokes a token.
type TokenRevokeCmd struct {
	ID string `arg:"" help:"Identifier of the token."`
}

// Run revokes the token.
func (c *TokenRevokeCmd) Run(ctx context.Context, env *Env) error {
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return auth.New(db).Revoke(ctx, local(), c.ID, "command-line")
}
