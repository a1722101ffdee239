package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
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

// brokerUser is who basin is at its private broker.
const brokerUser = "basin"

// broker is a private Mosquitto: on this machine only, for one user gateway that may publish readings
// and hear what is public, and nothing else. It ends with the process that started it.
type broker struct {
	binary, dir  string
	address      string // HOST:PORT
	password     string // of brokerUser, made anew at each start
	passwordFile string // holds the password of the user gateway
	account      *syscall.Credential
	log          *slog.Logger
	proc         *brokerProcess
}

// brokerProcess is a running Mosquitto.
type brokerProcess struct {
	pid  int
	done chan struct{}
}

// Waits of the broker's life.
const (
	brokerPortWait  = 5 * time.Second // for the port, which the broker of a server killed a moment ago may still hold
	brokerStartWait = 20 * time.Second
	brokerStopWait  = 20 * time.Second
	brokerAgain     = 2 * time.Second // before one that ended by itself is started again
)

// openBroker starts the private broker. A fault of kind Unavailable says why there can be none.
func openBroker(ctx context.Context, env *Env, port string) (*broker, error) {
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return nil, wrongUse("--mqtt auto:{port}: that is no port", "port", port)
	}
	b := &broker{dir: filepath.Join(env.Data, "mqtt"), address: net.JoinHostPort("127.0.0.1", port), password: rand.Text(), log: env.log(),
		passwordFile: filepath.Join(env.Data, "mqtt-password")}
	for _, name := range []string{"mosquitto", "/usr/sbin/mosquitto"} {
		if path, err := exec.LookPath(name); err == nil {
			b.binary = path
		}
	}
	if b.binary == "" {
		return nil, fault.New(fault.Unavailable, "mosquitto-missing",
			"Mosquitto is not installed: apt-get install mosquitto, or name a broker with --mqtt mqtt://HOST:PORT")
	}
	for end := time.Now().Add(brokerPortWait); !portFree(ctx, b.address); time.Sleep(brokerPortWait / 50) {
		if time.Now().After(end) {
			return nil, fault.New(fault.Unavailable, "mqtt-port-taken",
				"another program listens on {address}: name it with --mqtt mqtt://{address}, or another port with --mqtt auto:PORT",
				"address", b.address)
		}
	}
	var err error
	if b.account, err = brokerAccount(); err != nil {
		return nil, err
	}
	if err := b.configure(env.Data, port); err != nil {
		return nil, err
	}
	return b, b.start(ctx)
}

// configure writes the broker's files, which belong to the account that it runs as.
func (b *broker) configure(data, port string) error {
	gateway, err := keptSecret(data, "mqtt-password")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	files := []struct{ name, text string }{
		{"mosquitto.conf", "listener " + port + " 127.0.0.1\nallow_anonymous false\npassword_file " + b.path("passwd") + "\nacl_file " + b.path("acl") + `
persistence true
persistence_location ` + b.dir + `/
autosave_interval 5
max_queued_messages 1000000
max_inflight_messages 64
max_packet_size ` + strconv.Itoa(brokerPacket) + `
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
`},
		{"acl", "user " + brokerUser + "\ntopic read basin/v1/+/readings\ntopic read basin/v1/+/v1.1/#\ntopic write v1.1/#\n\nuser gateway\n" +
			"topic write basin/v1/+/readings\ntopic write basin/v1/+/v1.1/#\ntopic read v1.1/#\n"},
		{"passwd", brokerUser + ":" + b.password + "\ngateway:" + gateway + "\n"},
	}
	dir, err := os.OpenRoot(b.dir) // what the broker may have left there leads nowhere else
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	defer dir.Close() //nolint:errcheck // nothing hangs on it
	for _, f := range files {
		if err := errors.Join(dir.WriteFile(f.name, []byte(f.text), 0o600), b.own(dir, f.name)); err != nil {
			return fmt.Errorf("broker: %w", err)
		}
	}
	if err := b.own(dir, "."); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	hashing := exec.Command("mosquitto_passwd", "-U", b.path("passwd")) //nolint:noctx // it hashes two passwords
	hashing.Dir, hashing.SysProcAttr = "/", &syscall.SysProcAttr{Credential: b.account}
	if out, err := hashing.CombinedOutput(); err != nil {
		return fmt.Errorf("mosquitto_passwd: %w: %s", err, out)
	}
	return nil
}

// brokerPacket is the largest message that the private broker takes: basin would not take a larger one from it.
const brokerPacket = 4 << 20

func (b *broker) path(name string) string { return filepath.Join(b.dir, name) }

// own gives a file of the broker's directory to the account that it runs as.
func (b *broker) own(dir *os.Root, name string) error {
	if b.account == nil {
		return nil
	}
	return dir.Lchown(name, int(b.account.Uid), int(b.account.Gid))
}

// brokerAccount is the user mosquitto where root runs basin; nil for the present user.
func brokerAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("mosquitto")
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

// start starts Mosquitto and waits until it listens.
func (b *broker) start(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(filepath.Dir(b.dir), "mqtt.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	defer log.Close()
	p := &brokerProcess{done: make(chan struct{})}
	started := make(chan error)
	go func() { // the kernel ends the broker with the thread that started it, so that thread is kept
		runtime.LockOSThread()
		defer close(p.done)
		cmd := exec.Command(b.binary, "-c", b.path("mosquitto.conf")) //nolint:noctx // it is stopped by signal
		cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true, Credential: b.account}
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		_ = cmd.Wait()
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	b.proc = p
	for end := time.Now().Add(brokerStartWait); ; time.Sleep(brokerStartWait / 1000) {
		if c, err := (&net.Dialer{}).DialContext(ctx, "tcp", b.address); err == nil {
			return c.Close()
		}
		select {
		case <-p.done:
			text, _ := os.ReadFile(log.Name())
			return fault.New(fault.Unavailable, "mosquitto-failed", "Mosquitto ended at once: {log}", "log", string(text[max(0, len(text)-500):]))
		default:
		}
		if time.Now().After(end) || ctx.Err() != nil {
			b.stop()
			return fault.New(fault.Unavailable, "mosquitto-slow", "Mosquitto did not start in time; {log} says more", "log", log.Name())
		}
	}
}

// run keeps the broker running until ctx ends, and then stops it.
func (b *broker) run(ctx context.Context) error {
	defer b.stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.proc.done:
		}
		b.log.Error("the MQTT broker ended by itself; it is started again")
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(brokerAgain):
			}
			err := b.start(ctx)
			if err == nil {
				break
			}
			b.log.Error("the MQTT broker cannot be started; tried again", "error", err)
		}
	}
}

// stop asks the broker to end, which makes it write down what it holds, and insists when it does not.
func (b *broker) stop() {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		select {
		case <-b.proc.done:
			return
		default:
			_ = syscall.Kill(b.proc.pid, s)
		}
		select {
		case <-b.proc.done:
			return
		case <-time.After(brokerStopWait):
		}
	}
}
