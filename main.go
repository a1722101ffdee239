// Command basin is the digital twin of a city and its water.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones also where the machine has none

	"github.com/alecthomas/kong"

	"basin/fault"
	"basin/format"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs one verb and gives the exit code: 0, 1 failed, 2 wrong use.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var cli CLI
	code := -1
	parser, err := kong.New(&cli, kong.Name("basin"), kong.Description("The digital twin of a city and its water."), kong.Writers(stdout, stderr),
		kong.Exit(func(c int) { code = c }), kong.Vars{"version": version, "data": defaultData(), "formats": strings.Join(format.Names(), ", ")}, kong.ConfigureHelp(kong.HelpOptions{Compact: true, Summary: true}))
	if err != nil {
		fmt.Fprintln(stderr, "basin:", err)
		return 1
	}
	parsed, err := parser.Parse(args)
	if code >= 0 {
		return code
	}
	if err != nil {
		fmt.Fprintf(stderr, "basin: %v; basin --help shows the verbs, basin VERB --help their use\n", err)
		return 2
	}
	env := &Env{Config: cli.Config, Stdin: stdin, Stdout: stdout, Stderr: stderr}
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(env); err != nil {
		fmt.Fprintln(stderr, "basin:", err)
		if f := fault.Of(err); f != nil && f.Code == "wrong-use" {
			return 2
		}
		return 1
	}
	return 0
}
