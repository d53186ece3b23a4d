package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the figures of every door.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// NewMetrics registers the figures.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "portal_http_requests_total", Help: "Answers by route and status."},
			[]string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "portal_http_request_seconds", Help: "Time to answer by route."},
			[]string{"method", "route"}),
	}
	r.MustRegister(m.requests, m.seconds)
	return m
}

// observe gives every request an id and logs its answer: the route's pattern, never the path,
// for a path may hold a token. Whoever was not let in is named too.
func (a *App) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		c.Response().Header().Set(idHeader, newRequestID())
		if err := next(c); err != nil {
			c.Error(err)
		}
		a.observed(c, time.Since(start))
		return nil
	}
}

func (a *App) observed(c echo.Context, took time.Duration) {
	method, route, status := c.Request().Method, c.Path(), c.Response().Status
	if a.Metrics != nil {
		a.Metrics.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
		a.Metrics.seconds.WithLabelValues(method, route).Observe(took.Seconds())
	}
	attrs := []slog.Attr{slog.String("request", requestID(c)), slog.String("method", method), slog.String("route", route),
		slog.Int("status", status), slog.Int64("bytes", c.Response().Size), slog.Duration("took", took)}
	if w, ok := c.Get(ctxKey).(*Ctx); ok && w.came.Kind != "" {
		attrs = append(attrs, slog.String("workspace", w.came.Workspace.String()), slog.String("actor", w.came.ID.String()), slog.String("kind", string(w.came.Kind)))
	}
	a.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", attrs...)
}

// recover turns a panic into an ordinary failure; the process goes on.
func (a *App) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if r == http.ErrAbortHandler {
					panic(r)
				}
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}
