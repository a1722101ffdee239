package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"basin/postgis/postgistest"
)

// TestMain lets scripts run this program as basin.
func TestMain(m *testing.M) {
	testscript.Main(tabled{m}, map[string]func(){
		"basin": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the scripts of the command line. They know two commands of ours: "database" gives the script a database of its own, and "exits CODE
// PROGRAM …" holds a program to its exit code. $BASIN is the program's path, for when PATH is empty; $REGIONS is where the region packages are.
func TestScripts(t *testing.T) {
	regions, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			program, err := exec.LookPath("basin")
			if err != nil {
				return err
			}
			env.Setenv("BASIN", program)
			env.Setenv("BASIN_DATA", env.WorkDir+"/data")
			env.Setenv("REGIONS", regions+"/regions")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"database": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) > 0 {
					ts.Fatalf("database takes nothing")
				}
				c := postgistest.New(t).Config().ConnConfig
				ts.Setenv("BASIN_DATABASE_URL", fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable", c.Host, c.Port, c.User, c.Database))
			},
			"exits": exits,
		},
	})
}

// exits runs a program and fails unless it exits with the given code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("exits takes a code, a program and its arguments")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s exits with %d instead of %d", args[1], got, want)
	}
}
