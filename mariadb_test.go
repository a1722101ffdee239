package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	driven "github.com/go-sql-driver/mysql"
)

// mariaDB is a MariaDB of the test's own, run by an account that may do nothing else and reached by a unix socket. Without one on the machine the test is
// skipped, but not where CI promises it.
type mariaDB struct {
	*testing.T
	dir     string
	account *syscall.SysProcAttr
	process *exec.Cmd
	sql     *sql.DB
}

// mariaPassword is of the user reader, who may read and write the database rw.
const mariaPassword = "s3cret@/:word"

func newMariaDB(t *testing.T) *mariaDB {
	t.Helper()
	for _, program := range []string{"/usr/sbin/mariadbd", "/usr/bin/mariadb-install-db"} {
		if exists(program) {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is absent", program)
		}
		t.Skipf("%s is absent: apt-get install mariadb-server-core", program)
	}
	dir, err := os.MkdirTemp("/tmp", "basin-mariadb-") // short, for a socket's path is limited
	if err != nil {
		t.Fatal(err)
	}
	m := &mariaDB{T: t, dir: dir, account: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}}
	if os.Geteuid() == 0 {
		nobody, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		m.account.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		m.kill()
		_ = os.RemoveAll(dir)
	})
	install := exec.Command("/usr/bin/mariadb-install-db", "--no-defaults", "--datadir="+m.path("data"), "--auth-root-authentication-method=normal", "--skip-test-db")
	install.SysProcAttr, install.Dir = m.account, "/tmp"
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v: %s", err, out)
	}
	cfg := driven.NewConfig()
	cfg.User, cfg.Net, cfg.Addr, cfg.Logger = "root", "unix", m.path("s"), &driven.NopLogger{}
	open := func() {
		c, err := driven.NewConnector(cfg)
		if err != nil {
			t.Fatal(err)
		}
		m.sql = sql.OpenDB(c)
		t.Cleanup(func() { _ = m.sql.Close() })
	}
	open()
	m.start()
	m.exec("CREATE DATABASE rw CHARACTER SET utf8mb4")
	cfg.DBName = "rw"
	open()
	m.exec(fmt.Sprintf("CREATE USER reader IDENTIFIED BY '%s'", mariaPassword), "GRANT ALL ON rw.* TO reader")
	return m
}

func (m *mariaDB) path(name string) string { return filepath.Join(m.dir, name) }

// url is the address of the database rw, without a password.
func (m *mariaDB) url() string { return "mysql://reader@db.invalid/rw?socket=" + m.path("s") }

// start starts the server and waits until it answers.
func (m *mariaDB) start() {
	m.Helper()
	m.process = exec.Command("/usr/sbin/mariadbd", "--no-defaults", "--datadir="+m.path("data"), "--socket="+m.path("s"), "--pid-file="+m.path("pid"), "--skip-networking",
		"--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=2", "--log-error="+m.path("log"), "--default-time-zone=+05:00")
	m.process.SysProcAttr, m.process.Dir = m.account, "/tmp"
	if err := m.process.Start(); err != nil {
		m.Fatal(err)
	}
	until(m.T, "MariaDB to answer", func() bool { return m.sql.Ping() == nil })
}

// kill ends the server at once.
func (m *mariaDB) kill() {
	if m.process != nil {
		_ = m.process.Process.Kill()
		var ended *exec.ExitError
		if err := m.process.Wait(); err != nil && !errors.As(err, &ended) {
			m.Error(err)
		}
		m.process = nil
	}
}

// exec runs statements in the database rw.
func (m *mariaDB) exec(statements ...string) {
	m.Helper()
	for _, s := range statements {
		if _, err := m.sql.Exec(s); err != nil {
			m.Fatalf("%s: %v", s, err)
		}
	}
}
