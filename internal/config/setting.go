package config

import (
	"encoding/base64"
	"encoding/json"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// longest is more than any setting needs; a longer one is a file pasted by mistake.
const longest = 16 << 10

func (r *reader) text(name string) string {
	v := strings.TrimSpace(r.getenv(name))
	if len(v) > longest {
		r.problem(name, "is longer than %d bytes", longest)
		return ""
	}
	return v
}

// needed is the text of a setting that must be there. A too long one was reported already.
func (r *reader) needed(name string) string {
	if strings.TrimSpace(r.getenv(name)) == "" {
		r.missing(name)
	}
	return r.text(name)
}

func (r *reader) addr(name, usual string) string {
	v := r.text(name)
	if v == "" {
		return usual
	}
	host, port, err := net.SplitHostPort(v)
	if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n == 0 || strings.ContainsAny(host, " /@") {
		r.problem(name, "must be host:port or :port, with a port from 1 to 65535")
		return usual
	}
	return v
}

func (r *reader) distinct(addrs map[string]string) {
	var names []string
	for name := range addrs {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, a := range names {
		for _, b := range names[i+1:] {
			if addrs[a] != "" && addrs[a] == addrs[b] {
				r.problem(b, "must differ from %s", a)
			}
		}
	}
}

func (r *reader) url(name, value string, schemes ...string) *url.URL {
	u, err := url.Parse(value)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Opaque != "" {
		r.problem(name, "must start with %s", strings.Join(schemes, ":// or ")+"://")
		return nil
	}
	return u
}

func (r *reader) postgres(name string) Hidden {
	v := r.text(name)
	if v == "" {
		return Hidden{}
	}
	if u := r.url(name, v, "postgres", "postgresql"); u != nil && strings.Trim(u.Path, "/") == "" {
		r.problem(name, "must name a database, as in postgres://user:password@host:5432/portal")
	}
	return hide(v)
}

func (r *reader) baseURL(name string) *url.URL {
	v := r.needed(name)
	if v == "" {
		return nil
	}
	u := r.url(name, v, "https", "http")
	switch {
	case u == nil:
		return nil
	case u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		r.problem(name, "must be scheme and host only, as in https://portal.example.com")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		r.problem(name, "must be https, except on this machine")
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (r *reader) smtp(name string) Hidden {
	v := r.needed(name)
	if v == "" {
		return Hidden{}
	}
	if u := r.url(name, v, "smtp", "smtps"); u != nil && u.Hostname() == "" {
		r.problem(name, "must name a host, as in smtp://user:password@mail.example.com:587")
	}
	return hide(v)
}

func (r *reader) mailbox(name string) mail.Address {
	v := r.needed(name)
	if v == "" {
		return mail.Address{}
	}
	a, err := mail.ParseAddress(v)
	if err != nil || !strings.Contains(a.Address, "@") {
		r.problem(name, "must be an address, as in Jexi <portal@example.com>")
		return mail.Address{}
	}
	return *a
}

func (r *reader) blob(name string) Hidden {
	v := r.needed(name)
	if v == "" {
		return Hidden{}
	}
	u := r.url(name, v, "file", "s3")
	switch {
	case u == nil:
	case u.Scheme == "file" && (u.Host != "" || !strings.HasPrefix(u.Path, "/") || u.Path == "/"):
		r.problem(name, "must name a folder from the root, as in file:///var/lib/portal")
	case u.Scheme == "s3" && u.Host == "":
		r.problem(name, "must name a bucket, as in s3://bucket?region=eu-central-1")
	}
	return hide(v)
}

func (r *reader) keyset(name string) Hidden {
	v := r.needed(name)
	if v == "" {
		return Hidden{}
	}
	var set struct {
		PrimaryKeyID uint32            `json:"primaryKeyId"`
		Key          []json.RawMessage `json:"key"`
	}
	raw, err := base64.StdEncoding.DecodeString(v)
	if err != nil || json.Unmarshal(raw, &set) != nil || len(set.Key) == 0 || set.PrimaryKeyID == 0 {
		r.problem(name, "must be a Tink keyset in JSON form, in base64")
	}
	return hide(v)
}

func (r *reader) signingKey(name string) Hidden {
	v := r.needed(name)
	if v == "" {
		return Hidden{}
	}
	first, _, _ := strings.Cut(v, ",")
	if seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(first)); err != nil || len(seed) != 32 {
		r.problem(name, "must start with an Ed25519 seed of 32 bytes in base64")
	}
	return hide(v)
}

func (r *reader) oidc(prefix string) OIDC {
	var o OIDC
	names := []string{prefix + "ISSUER", prefix + "CLIENT_ID", prefix + "CLIENT_SECRET"}
	if !slices.ContainsFunc(names, func(n string) bool { return r.text(n) != "" }) {
		return o
	}
	if v := r.needed(names[0]); v != "" {
		o.Issuer = r.url(names[0], v, "https", "http")
		if o.Issuer != nil && o.Issuer.Scheme == "http" && !loopback(o.Issuer.Hostname()) {
			r.problem(names[0], "must be https, except on this machine")
		}
	}
	o.ClientID, o.ClientSecret = r.needed(names[1]), hide(r.needed(names[2]))
	return o
}

// prefixes reads networks and single addresses, separated by commas.
func (r *reader) prefixes(name string) []netip.Prefix {
	var out []netip.Prefix
	for part := range strings.SplitSeq(r.text(name), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if ip, err := netip.ParseAddr(part); err == nil && ip.Zone() == "" {
			out = append(out, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil || p != p.Masked() {
			r.problem(name, "must be networks like 10.0.0.0/8 or addresses, separated by commas, not %q", part)
			continue
		}
		out = append(out, p)
	}
	return out
}

func (r *reader) oneOf(name string, choices ...string) string {
	v := r.text(name)
	if v == "" {
		return choices[0]
	}
	if !slices.Contains(choices, v) {
		r.problem(name, "must be %s", strings.Join(choices, " or "))
	}
	return v
}
