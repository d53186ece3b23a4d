// Command hello is what a start and an idle server cost at the least: Echo and one route.
package main

import (
	"net/http"
	"os"

	"github.com/labstack/echo/v4"
)

func main() {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/readyz", func(c echo.Context) error { return c.String(http.StatusOK, "ready\n") })
	e.Logger.Fatal(e.Start(os.Getenv("PORTAL_ADDR")))
}
