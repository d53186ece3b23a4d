package config_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/jexi/portal/internal/config"
)

func world() map[string]string {
	return map[string]string{
		"PORTAL_DATABASE_URL": "postgres://app:CANARY@db:5432/portal",
		"DATABASE_URL":        "postgres://owner:CANARY@db:5432/portal",
		"PORTAL_ADDR":         ":8443",
		"PORTAL_BASE_URL":     "https://Portal.example.com/",
		"PORTAL_METRICS_ADDR": "127.0.0.1:9090",
		"PORTAL_SMTP_URL":     "smtp://user:CANARY@mail.example.com:587",
		"PORTAL_MAIL_FROM":    "Jexi <portal@example.com>",
		"PORTAL_BLOB_URL":     "s3://bucket?region=eu-central-1",
		"PORTAL_KEYSET":       base64.StdEncoding.EncodeToString([]byte(`{"primaryKeyId":7,"key":[{"CANARY":1}]}`)),
		"PORTAL_SIGNING_KEY":  base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("C"), 32)),
		"PORTAL_LOG_FORMAT":   "text", "PORTAL_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
		"PORTAL_WEBHOOK_ALLOW":            "127.0.0.1/32",
		"PORTAL_STAFF_OIDC_ISSUER":        "https://id.example.com",
		"PORTAL_STAFF_OIDC_CLIENT_ID":     "portal",
		"PORTAL_STAFF_OIDC_CLIENT_SECRET": "CANARY",
	}
}

func load(env map[string]string) (config.Config, error) {
	return config.Load(func(name string) string { return env[name] })
}

func TestAFullEnvironmentIsReadAsWritten(t *testing.T) {
	c, err := load(world())
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(c.Addr, c.BaseURL, c.MetricsAddr, c.MailFrom.Name, c.MailFrom.Address, c.LogFormat,
		c.TrustedProxies, c.WebhookAllow, c.StaffOIDC.Issuer, c.StaffOIDC.ClientID, c.SMTPURL.Reveal())
	want := fmt.Sprintln(":8443", "https://portal.example.com", "127.0.0.1:9090", "Jexi", "portal@example.com", "text",
		"[10.0.0.0/8 ::1/128]", "[127.0.0.1/32]", "https://id.example.com", "portal", "smtp://user:CANARY@mail.example.com:587")
	if got != want {
		t.Fatalf("read\n%s\nwant\n%s", got, want)
	}
}

func TestDefaultsAreTheLeastOpenOnes(t *testing.T) {
	env := world()
	for _, name := range []string{"PORTAL_ADDR", "PORTAL_METRICS_ADDR", "PORTAL_LOG_FORMAT", "PORTAL_TRUSTED_PROXIES",
		"PORTAL_WEBHOOK_ALLOW", "DATABASE_URL", "PORTAL_STAFF_OIDC_ISSUER", "PORTAL_STAFF_OIDC_CLIENT_ID", "PORTAL_STAFF_OIDC_CLIENT_SECRET"} {
		delete(env, name)
	}
	c, err := load(env)
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.MetricsAddr != "" || c.LogFormat != "json" || c.TrustedProxies != nil ||
		c.WebhookAllow != nil || !c.DatabaseURL.IsZero() || c.StaffOIDC.Issuer != nil {
		t.Fatalf("%+v", c)
	}
}

func TestEveryMissingSettingIsNamedInOneLine(t *testing.T) {
	_, err := load(nil)
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Fatalf("%v", err)
	}
	for _, name := range []string{"PORTAL_DATABASE_URL", "PORTAL_BASE_URL", "PORTAL_SMTP_URL", "PORTAL_MAIL_FROM",
		"PORTAL_BLOB_URL", "PORTAL_KEYSET", "PORTAL_SIGNING_KEY"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}

func TestABadSettingIsNamedWithoutShowingSecrets(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"DATABASE_URL", "mysql://u:CANARY@h/x"}, {"DATABASE_URL", "postgres://u:CANARY@h"},
		{"PORTAL_DATABASE_URL", "postgres://u:CANARY@h:port/x"},
		{"PORTAL_ADDR", "8080"}, {"PORTAL_ADDR", ":0"}, {"PORTAL_ADDR", ":70000"}, {"PORTAL_ADDR", ":http"},
		{"PORTAL_METRICS_ADDR", ":8443"}, {"PORTAL_STAFF_ADDR", "127.0.0.1:9090"},
		{"PORTAL_BASE_URL", "portal.example.com"}, {"PORTAL_BASE_URL", "http://portal.example.com"},
		{"PORTAL_BASE_URL", "https://portal.example.com/sub"}, {"PORTAL_BASE_URL", "https://u:CANARY@portal.example.com"},
		{"PORTAL_BASE_URL", "https://"}, {"PORTAL_BASE_URL", "https://x/?q=1"},
		{"PORTAL_SMTP_URL", "mail.example.com:587"}, {"PORTAL_SMTP_URL", "smtp://"},
		{"PORTAL_MAIL_FROM", "Jexi"}, {"PORTAL_MAIL_FROM", "a@b, c@d"},
		{"PORTAL_BLOB_URL", "file://var/lib"}, {"PORTAL_BLOB_URL", "file:///"}, {"PORTAL_BLOB_URL", "s3:///x"}, {"PORTAL_BLOB_URL", "/var"},
		{"PORTAL_KEYSET", "CANARY"}, {"PORTAL_KEYSET", "e30="}, {"PORTAL_KEYSET", strings.Repeat("A", 20000)},
		{"PORTAL_SIGNING_KEY", "CANARY=="}, {"PORTAL_SIGNING_KEY", "QUJD"},
		{"PORTAL_STAFF_OIDC_CLIENT_SECRET", ""}, {"PORTAL_STAFF_OIDC_ISSUER", "http://id.example.com"},
		{"PORTAL_TRUSTED_PROXIES", "10.0.0.1/8"}, {"PORTAL_TRUSTED_PROXIES", "everyone"}, {"PORTAL_WEBHOOK_ALLOW", "fe80::1%eth0"},
		{"PORTAL_LOG_FORMAT", "xml"},
	} {
		env := world()
		env[c.name] = c.value
		_, err := load(env)
		if err == nil || !strings.Contains(err.Error(), c.name+" ") || strings.Contains(err.Error(), ";") {
			t.Errorf("%s=%.40s: %v", c.name, c.value, err)
		}
		if err != nil && strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: the error shows the value: %v", c.name, err)
		}
	}
}

func TestHTTPIsGoodEnoughOnThisMachine(t *testing.T) {
	for _, base := range []string{"http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"} {
		env := world()
		env["PORTAL_BASE_URL"] = base
		if c, err := load(env); err != nil || c.BaseURL.String() != base {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestPrintingTheConfigurationShowsNoSecret(t *testing.T) {
	c, err := load(world())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", c)
	printed := log.String() + fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c, []any{struct{ inner config.Config }{c}})
	for _, secret := range []string{"CANARY", c.Keyset.Reveal(), c.SigningKey.Reveal()} {
		if strings.Contains(printed, secret) {
			t.Errorf("%s is shown in %s", secret, printed)
		}
	}
}

func TestTheDatabaseAloneIsEnoughForMigrations(t *testing.T) {
	env := map[string]string{"DATABASE_URL": "postgres://owner@db/portal"}
	if u, err := config.LoadDatabase(func(n string) string { return env[n] }); err != nil || u.Reveal() != env["DATABASE_URL"] {
		t.Errorf("%v", err)
	}
	if _, err := config.LoadDatabase(func(string) string { return "" }); err == nil {
		t.Error("no DATABASE_URL is accepted")
	}
}
