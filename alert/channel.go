package alert

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"basin/access"
	"basin/fault"
)

// The kinds of channels.
const (
	Webhook = "webhook"
	Mail    = "mail"
)

// Channel is where warnings are sent. Table alert.channel.
type Channel struct {
	ID       int64     `json:"id"`
	Kind     string    `json:"kind"` // webhook or mail
	Address  string    `json:"address"`
	Severity Severity  `json:"severity"` // only warnings of this severity or worse; blue when absent
	Class    string    `json:"class"`    // only warnings up to this class; public when absent
	Language string    `json:"language"` // of the words: zh or en; zh when absent
	Created  time.Time `json:"created"`

	Waiting int        `json:"waiting"` // how many messages are still to be sent, and how many were given up
	Failed  int        `json:"failed"`
	Sent    *time.Time `json:"sent,omitempty"`  // when the last was taken
	Error   string     `json:"error,omitempty"` // why the last try of the next one failed
}

// ChannelRequest asks for a channel.
type ChannelRequest struct {
	Kind     string   `json:"kind"`
	Address  string   `json:"address"`
	Severity Severity `json:"severity,omitempty"`
	Class    string   `json:"class,omitempty"`
	Language string   `json:"language,omitempty"`
}

// ChannelMade is a channel as it is handed out, once: with the key of its signatures, if it is a webhook.
type ChannelMade struct {
	ID     int64  `json:"id"`
	Secret string `json:"secret,omitempty"` // hexadecimal
}

const (
	maxChannels = 100
	maxAddress  = 2000 // bytes
)

// check fills in what is absent and refuses what makes no sense.
func (r *ChannelRequest) check() error {
	if r.Severity == "" {
		r.Severity = Blue
	}
	if r.Class == "" {
		r.Class = string(access.Public)
	}
	if r.Language == "" {
		r.Language = "zh"
	}
	bad := func(why string) error {
		return fault.New(fault.Invalid, "bad-channel", "the channel is wrong: {why}", "why", why)
	}
	switch {
	case r.Severity.rank() < 0:
		return bad("severity is blue, yellow, orange or red")
	case !slices.Contains(access.Classes(), access.Class(r.Class)):
		return bad("class is public, internal or restricted")
	case r.Language != "zh" && r.Language != "en":
		return bad("language is zh or en")
	case len(r.Address) > maxAddress:
		return bad("the address is longer than 2000 bytes")
	}
	switch r.Kind {
	case Webhook:
		u, err := url.Parse(r.Address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
			return bad("the address of a webhook is https://HOST/PATH or http://HOST/PATH, without a name and password")
		}
	case Mail:
		a, err := mail.ParseAddress(r.Address)
		if err != nil || a.Address != r.Address || strings.ContainsAny(r.Address, "\r\n") {
			return bad("the address is none of mail, such as duty@example.org")
		}
	default:
		return bad("kind is webhook or mail")
	}
	return nil
}
