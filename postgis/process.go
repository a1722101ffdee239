package postgis

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"basin/fault"
)

// account is who PostgreSQL runs as: it refuses to run as root, so root runs it as the user postgres.
type account struct {
	switched bool
	uid, gid int
}

// serverAccount is the present user, or the user postgres when that is root.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return account{}, fault.New(fault.Unavailable, "postgres-missing",
			"PostgreSQL 15 is not installed: apt-get install postgresql-15-postgis-3, or set BASIN_DATABASE_URL to a database of your own").Because(err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return account{}, fmt.Errorf("user postgres: %w", err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return account{}, fmt.Errorf("user postgres: %w", err)
	}
	return account{switched: true, uid: uid, gid: gid}, nil
}

// own gives a directory to the account.
func (a account) own(dir string) error {
	if !a.switched {
		return nil
	}
	if err := os.Chown(dir, a.uid, a.gid); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return nil
}

// canReach refuses a directory that the account cannot enter, which is the case below /root.
func (a account) canReach(dir string) error {
	if !a.switched {
		return nil
	}
	for d := dir; d != "/"; d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err != nil {
			return fmt.Errorf("data directory: %w", err)
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		mode := info.Mode().Perm()
		if open := mode&0o001 != 0 || (ok && int(st.Uid) == a.uid && mode&0o100 != 0) || (ok && int(st.Gid) == a.gid && mode&0o010 != 0); !open {
			return fault.New(fault.Invalid, "directory-unreachable",
				"the user postgres cannot enter {dir}: set BASIN_DATA to a directory that it can reach, for instance /var/lib/basin", "dir", d)
		}
	}
	return nil
}

// attributes make a command run as the account, and end with the thread that started it.
func (a account) attributes(death syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: death, Setpgid: true}
	if a.switched {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

// run runs a command to its end and returns what it printed.
func (a account) run(ctx context.Context, name string, args []string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.SysProcAttr = "/", a.attributes(0)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// process is a running server.
type process struct {
	pid  int
	done chan struct{}
}

// spawn starts a server that gets SIGQUIT from the kernel when this process ends, however it ends. The kernel watches the thread that started the
// server, so that thread is kept for the server's whole life.
func (a account) spawn(name string, args []string, log *os.File) (*process, error) {
	p := &process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(p.done)
		cmd := exec.Command(name, args...) //nolint:noctx // the machine's own PostgreSQL binary; it is stopped by signal
		cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = "/", log, log, a.attributes(syscall.SIGQUIT)
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		_ = cmd.Wait()
	}()
	return p, <-started
}

// ended says whether the server has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop asks the server to end (a fast shutdown), and insists when it does not.
func (p *process) stop() {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 30 * time.Second}, {syscall.SIGQUIT, 10 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		_ = syscall.Kill(p.pid, step.signal)
		select {
		case <-p.done:
			return
		case <-time.After(step.wait):
		}
	}
}
