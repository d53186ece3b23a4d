package outbound_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jexi/portal/internal/outbound"
)

var thisMachine = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

// It comes first, because net/http reads the environment once.
func TestAProxyInTheEnvironmentIsNotUsed(t *testing.T) {
	s, asked := server(t, func(http.ResponseWriter, *http.Request) {})
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, s.URL)
	}
	c := outbound.New(thisMachine, outbound.Limits{Timeout: time.Second})
	if answer, err := c.Get("http://10.255.255.1/"); err == nil {
		answer.Body.Close()
		t.Error("an answer came through the proxy")
	}
	if asked.Load() != 0 {
		t.Error("the proxy was asked")
	}
}

func TestOnlyPublicAddressesArePublic(t *testing.T) {
	for ip, want := range map[string]bool{
		"93.184.216.34": true, "8.8.8.8": true, "2606:4700::1111": true, "2a00:1450::1": true, "::ffff:8.8.8.8": true,
		"172.15.255.255": true, "172.32.0.0": true, "100.63.255.255": true, "198.17.255.255": true, "11.0.0.0": true,
		"0.0.0.0": false, "127.0.0.1": false, "127.8.8.8": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false, "192.0.0.8": false,
		"198.18.0.1": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false, "203.0.113.9": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::a00:1": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false,
		"fc00::1": false, "fd12:3456::1": false, "ff02::1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false,
		"100::1": false, "fd00:ec2::254": false, "5f00::1": false,
	} {
		if got := outbound.Public(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: public is %v", ip, got)
		}
	}
	if outbound.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func server(t *testing.T, h http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1); h(w, r) }))
	t.Cleanup(s.Close)
	return s, &asked
}

func TestAPrivateAddressIsRefusedBeforeAnythingIsSent(t *testing.T) {
	s, asked := server(t, func(http.ResponseWriter, *http.Request) {})
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	c := outbound.New(nil, outbound.Limits{})
	for _, url := range []string{
		s.URL, "http://localhost" + port, "https://127.0.0.1" + port, "https://[::1]" + port, "https://[::ffff:127.0.0.1]" + port,
		"https://[::ffff:7f00:1]/", "https://0.0.0.0" + port, "http://2130706433" + port, "https://169.254.169.254/latest/meta-data",
		"https://10.0.0.1/", "https://[64:ff9b::7f00:1]/", "https://8.8.8.8:8443/", "http://8.8.8.8/", "http://8.8.8.8:443/", "https://localhost/",
	} {
		answer, err := c.Get(url)
		if err == nil {
			answer.Body.Close()
		}
		// A name that only an old resolver takes for an address may also just not be found.
		if !errors.Is(err, outbound.ErrRefused) && !strings.Contains(url, "2130706433") || err == nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/"} {
		if _, err := c.Get(url); !errors.Is(err, outbound.ErrRefused) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("the server was asked %d times", asked.Load())
	}
}

func TestAnAllowedNetworkIsReachedAndItsRedirectNotFollowed(t *testing.T) {
	inner, innerAsked := server(t, func(http.ResponseWriter, *http.Request) {})
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inner.URL, http.StatusFound) })
	answer, err := outbound.New(thisMachine, outbound.Limits{}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusFound || innerAsked.Load() != 0 {
		t.Errorf("status %d, the target was asked %d times", answer.StatusCode, innerAsked.Load())
	}
}

func TestTheAllowListOpensOnlyItself(t *testing.T) {
	s, asked := server(t, func(http.ResponseWriter, *http.Request) {})
	c := outbound.New([]netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, outbound.Limits{})
	if _, err := c.Get(s.URL); !errors.Is(err, outbound.ErrRefused) || asked.Load() != 0 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}

func TestALongAnswerEndsInAnErrorNotInAShortOne(t *testing.T) {
	for _, length := range []int{0, 9, 10, 11, 100000} {
		s, _ := server(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", length)) })
		answer, err := outbound.New(thisMachine, outbound.Limits{Body: 10}).Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if len(body) != min(length, 10) || (length > 10) != errors.Is(err, outbound.ErrTooLong) || length <= 10 && err != nil {
			t.Errorf("of %d bytes came %d, %v", length, len(body), err)
		}
	}
}

func TestACompressedAnswerIsNotUnpacked(t *testing.T) {
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Accept-Encoding")) })
	answer, err := outbound.New(thisMachine, outbound.Limits{}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if asked, _ := io.ReadAll(answer.Body); len(asked) != 0 {
		t.Errorf("it asks for %s", asked)
	}
}

func TestASlowAnswerEndsAtTheTimeout(t *testing.T) {
	release := make(chan struct{})
	s, _ := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-release
	})
	defer close(release)
	answer, err := outbound.New(thisMachine, outbound.Limits{Timeout: 100 * time.Millisecond}).Get(s.URL)
	if err == nil {
		_, err = io.ReadAll(answer.Body)
		answer.Body.Close()
	}
	if err == nil {
		t.Error("a silent body ends without an error")
	}
}
