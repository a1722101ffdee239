package postgis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"basin/fault"
)

// cluster is a private PostgreSQL cluster under a directory of basin's own. It listens on a unix socket only and lives no longer than the
// process that started it.
type cluster struct {
	dir    string // holds data, socket and lock
	bin    string // the machine's PostgreSQL binaries
	user   account
	unsafe bool // throw-away: fsync off
	again  bool // it ran before in this process
	log    *slog.Logger
	lock   *os.File
	mu     sync.Mutex
	proc   *process // nil where another process runs the cluster
}

// running is the server process that this process started; nil for none.
func (c *cluster) running() *process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.proc
}

// lost is closed when the server process that runs now has ended.
func (c *cluster) lost() <-chan struct{} { return c.running().done }

// startLimit is how long a cluster may take to start, recovery after a kill included.
const startLimit = 2 * time.Minute

// socketName is the file that PostgreSQL makes in its socket directory for its default port.
const socketName = ".s.PGSQL.5432"

// openCluster starts the cluster under dir, or joins it when another process runs it.
func openCluster(ctx context.Context, cfg Config) (*cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	user, err := serverAccount()
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	c := &cluster{dir: dir, bin: bin, user: user, unsafe: cfg.FastUnsafe, log: cfg.Log}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(startLimit)
	for {
		owner, err := c.tryLock()
		if err != nil {
			return nil, err
		}
		if owner {
			if err := c.start(ctx, deadline); err != nil {
				c.unlock()
				return nil, err
			}
			return c, nil
		}
		if c.alive(ctx) {
			return c, nil
		}
		if time.Now().After(deadline) {
			return nil, fault.New(fault.Unavailable, "cluster-busy", "another process holds {dir} but its database does not answer", "dir", dir)
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// prepare makes the directories, owned by the account that PostgreSQL runs as.
func (c *cluster) prepare() error {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := c.user.canReach(c.dir); err != nil {
		return err
	}
	for _, dir := range []string{c.data(), c.socketDir()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("data directory: %w", err)
		}
		if err := c.user.own(dir); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) data() string { return filepath.Join(c.dir, "postgres") }

// socketDir is short whatever the length of the data directory's path, for a socket's path is limited to about 100 bytes.
func (c *cluster) socketDir() string {
	sum := sha256.Sum256([]byte(c.dir))
	return filepath.Join(os.TempDir(), "basin-"+strconv.Itoa(os.Geteuid())+"-"+hex.EncodeToString(sum[:6]))
}

// dsn is where the cluster's databases are reached.
func (c *cluster) dsn(database string) string {
	return fmt.Sprintf("host=%s port=5432 user=basin dbname=%s sslmode=disable", c.socketDir(), database)
}

// tryLock says whether this process is now the one that runs the cluster.
func (c *cluster) tryLock() (bool, error) {
	f, err := os.OpenFile(filepath.Join(c.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, fmt.Errorf("data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return false, nil
		}
		return false, fmt.Errorf("data directory: lock: %w", err)
	}
	c.lock = f
	return true, nil
}

func (c *cluster) unlock() {
	if c.lock != nil {
		_ = c.lock.Close()
		c.lock = nil
	}
}

// start initialises the cluster where that has not been done, and starts it.
func (c *cluster) start(ctx context.Context, deadline time.Time) error {
	if err := c.waitForPredecessor(ctx, deadline); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(c.data(), "PG_VERSION")); errors.Is(err, os.ErrNotExist) {
		if err := c.initialise(ctx); err != nil {
			return err
		}
	}
	args := []string{"-D", c.data(), "-k", c.socketDir(), "-h", "", "-p", "5432"}
	for _, setting := range c.settings() {
		args = append(args, "-c", setting)
	}
	logFile, err := os.OpenFile(filepath.Join(c.dir, "postgres.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	defer logFile.Close()
	proc, err := c.user.spawn(filepath.Join(c.bin, "postgres"), args, logFile)
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	c.mu.Lock()
	c.proc = proc
	c.mu.Unlock()
	for !c.alive(ctx) {
		if proc.ended() {
			return fault.New(fault.Unavailable, "cluster-failed", "PostgreSQL ended at once: {log}", "log", lastLines(logFile.Name(), 5))
		}
		if time.Now().After(deadline) {
			proc.stop()
			if !c.again {
				_ = os.RemoveAll(c.socketDir())
			}
			return fault.New(fault.Unavailable, "cluster-slow", "PostgreSQL did not start in time: see {log}", "log", logFile.Name())
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			c.stop()
			return err
		}
	}
	c.again = true
	return nil
}

// settings are those that differ from PostgreSQL's defaults: a recovery that ends within seconds, and no surprise of the planner's.
func (c *cluster) settings() []string {
	settings := []string{"max_wal_size=512MB", "checkpoint_timeout=5min", "shared_buffers=256MB", "jit=off", "timezone=UTC", "log_timezone=UTC",
		"max_connections=100", "temp_file_limit=4GB", "random_page_cost=1.1", "log_min_messages=warning", "unix_socket_permissions=0700", "password_encryption=scram-sha-256"}
	if c.unsafe {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")
	}
	return settings
}

// initialise makes a new cluster. It is made aside and moved into place, so that a start that was cut short leaves nothing half made.
func (c *cluster) initialise(ctx context.Context) error {
	fresh := c.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := c.user.own(fresh); err != nil {
		return err
	}
	args := []string{"-D", fresh, "-U", "basin", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--lc-collate=C", "--data-checksums", "--no-instructions"}
	if c.unsafe {
		args = append(args, "--no-sync")
	}
	if out, err := c.user.run(ctx, filepath.Join(c.bin, "initdb"), args); err != nil {
		return fault.New(fault.Unavailable, "initdb-failed", "initdb failed: {output}", "output", strings.TrimSpace(out)).Because(err)
	}
	if err := os.Remove(c.data()); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return os.Rename(fresh, c.data())
}

// waitForPredecessor waits until a PostgreSQL that lost its owner has ended: it is told to by the kernel, but it may still be at it. Where the postmaster itself was
// killed its children live on for a moment, and PostgreSQL does not start beside them.
func (c *cluster) waitForPredecessor(ctx context.Context, deadline time.Time) error {
	for {
		left := c.leftBehind()
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fault.New(fault.Unavailable, "cluster-busy", "another process holds {dir} but its database does not answer", "dir", c.dir)
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGQUIT)
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// leftBehind are the processes of a PostgreSQL on the cluster's data: they work in its directory.
func (c *cluster) leftBehind() (pids []int) {
	if pid := c.postmaster(); pid != 0 && syscall.Kill(pid, 0) == nil && isPostgres(pid) {
		pids = append(pids, pid)
	}
	data, err := filepath.EvalSymlinks(c.data())
	if err != nil {
		return pids
	}
	all, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, path := range all {
		if at, err := os.Readlink(path); err != nil || at != data {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil && isPostgres(pid) && !slices.Contains(pids, pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// postmaster is the process that the cluster's pid file names; 0 for none.
func (c *cluster) postmaster() int {
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	return pid
}

// isPostgres says whether a process is a PostgreSQL server, for process numbers are used again.
func isPostgres(pid int) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.HasPrefix(string(name), "postgres")
}

// alive says whether the cluster answers.
func (c *cluster) alive(ctx context.Context) bool {
	if _, err := os.Stat(filepath.Join(c.socketDir(), socketName)); err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return ping(ctx, c.dsn("postgres")) == nil
}

// stop ends the cluster if this process started it, and leaves nothing behind outside its directory.
func (c *cluster) stop() {
	if proc := c.running(); proc != nil {
		proc.stop()
		_ = os.RemoveAll(c.socketDir())
	}
	c.unlock()
}

// binaries finds the newest PostgreSQL on this machine that is 15 or later and has PostGIS.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	for _, path := range found {
		if version(path) >= 15 {
			return filepath.Dir(path), nil
		}
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", fault.New(fault.Unavailable, "postgres-missing",
		"PostgreSQL 15 is not installed: apt-get install postgresql-15-postgis-3, or set BASIN_DATABASE_URL to a database of your own")
}

// version is the major version in a path of Debian's.
func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// lastLines is the end of a file, for an error message.
func lastLines(path string, n int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}

// pause waits, or says why the waiting was cut short.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
