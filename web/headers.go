package web

import (
	"net"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// policy allows this portal's own files and nothing else: no inline script or style, no frame around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const idHeader = "X-Request-Id"

func (a *App) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
		if a.Base.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if len(c.Request().TransferEncoding) > 0 {
			h.Set("Connection", "close") // a Content-Length beside it was dropped unseen: what follows may be no request
		}
		if !strings.HasPrefix(c.Request().URL.Path, "/static/") {
			h.Set("Cache-Control", "no-store")
		}
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(idHeader) }

func newRequestID() string { return uuid.NewString()[:13] }

// ipExtractor believes X-Forwarded-For only from the configured proxies.
func (a *App) ipExtractor() echo.IPExtractor {
	if len(a.Proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range a.Proxies {
		if _, n, err := net.ParseCIDR(p); err == nil {
			trust = append(trust, echo.TrustIPRange(n))
		}
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

// Private sets the headers of a page that only the holder of a link may see.
func (c *Ctx) Private() {
	c.Writer().Header().Set("X-Robots-Tag", "noindex, nofollow")
}
