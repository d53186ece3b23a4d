package outbound

import "net/netip"

// special lists what is not the public internet although it looks like an address of it:
// the IANA special-purpose registries, and forms that carry an IPv4 address inside.
var special = parse(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23",     // protocol assignments, Teredo among them
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4: carries any IPv4 address
	"2620:4f:8000::/48",
	"3fff::/20", // documentation
)

// global is all that IANA gave out for public IPv6. Loopback, private, link-local, multicast,
// IPv4-compatible and NAT64 (64:ff9b::/96) addresses lie outside of it.
var global = netip.MustParsePrefix("2000::/3")

func parse(prefixes ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range prefixes {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// Public tells whether ip is a host on the public internet. IPv4 inside IPv6 is judged as IPv4.
func Public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsValid() || ip.Zone() != "" || ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, p := range special {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}
