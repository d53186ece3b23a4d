// Package config reads the settings of the service from the environment and nothing else.
//
// Load checks all of them and names every bad or missing one in a single error, without
// showing values. It knows the shape of a setting; whether a key or server works is found
// out by whoever uses it.
package config

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
)

// Config is what `portal serve` runs with. Printing it shows no secret.
type Config struct {
	DatabaseURL    Hidden // as the owner, zero if not set: only migrations need it
	AppDatabaseURL Hidden // as the restricted role, zero if it is to be derived from DatabaseURL
	Addr           string
	BaseURL        *url.URL // scheme and host only
	StaffAddr      string   // "" if the staff area shares Addr
	MetricsAddr    string   // "" if there is no listener for health and metrics
	SMTPURL        Hidden
	MailFrom       mail.Address
	BlobURL        Hidden
	Keyset         Hidden
	SigningKey     Hidden
	StaffOIDC      OIDC
	TrustedProxies []netip.Prefix
	WebhookAllow   []netip.Prefix // addresses that webhooks may reach although they are private
	LogFormat      string         // json or text
}

// OIDC is an identity provider; Issuer is nil if there is none.
type OIDC struct {
	Issuer       *url.URL
	ClientID     string
	ClientSecret Hidden
}

// Load reads the settings of `portal serve`. Its error is one line that names each problem.
func Load(getenv func(string) string) (Config, error) {
	r := &reader{getenv: getenv}
	c := Config{
		DatabaseURL:    r.postgres("DATABASE_URL"),
		AppDatabaseURL: r.postgres("PORTAL_DATABASE_URL"),
		Addr:           r.addr("PORTAL_ADDR", "127.0.0.1:8080"),
		BaseURL:        r.baseURL("PORTAL_BASE_URL"),
		StaffAddr:      r.addr("PORTAL_STAFF_ADDR", ""),
		MetricsAddr:    r.addr("PORTAL_METRICS_ADDR", ""),
		SMTPURL:        r.smtp("PORTAL_SMTP_URL"),
		MailFrom:       r.mailbox("PORTAL_MAIL_FROM"),
		BlobURL:        r.blob("PORTAL_BLOB_URL"),
		Keyset:         r.keyset("PORTAL_KEYSET"),
		SigningKey:     r.signingKey("PORTAL_SIGNING_KEY"),
		StaffOIDC:      r.oidc("PORTAL_STAFF_OIDC_"),
		TrustedProxies: r.prefixes("PORTAL_TRUSTED_PROXIES"),
		WebhookAllow:   r.prefixes("PORTAL_WEBHOOK_ALLOW"),
		LogFormat:      r.oneOf("PORTAL_LOG_FORMAT", "json", "text"),
	}
	if getenv("DATABASE_URL") == "" && getenv("PORTAL_DATABASE_URL") == "" {
		r.problem("PORTAL_DATABASE_URL", "or DATABASE_URL is needed")
	}
	r.distinct(map[string]string{"PORTAL_ADDR": c.Addr, "PORTAL_STAFF_ADDR": c.StaffAddr, "PORTAL_METRICS_ADDR": c.MetricsAddr})
	return c, r.err()
}

// LoadDatabase reads DATABASE_URL alone, for commands that need no more.
func LoadDatabase(getenv func(string) string) (Hidden, error) {
	r := &reader{getenv: getenv}
	u := r.postgres("DATABASE_URL")
	if getenv("DATABASE_URL") == "" {
		r.missing("DATABASE_URL")
	}
	return u, r.err()
}

type reader struct {
	getenv   func(string) string
	problems []string
}

func (r *reader) problem(name, format string, args ...any) {
	r.problems = append(r.problems, name+" "+fmt.Sprintf(format, args...))
}

func (r *reader) missing(name string) { r.problem(name, "is missing") }

func (r *reader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return fmt.Errorf("configuration: %s", strings.Join(r.problems, "; "))
}
