# A static binary on an empty image, not as root.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.Version=$VERSION" -o /portal ./cmd/portal
RUN echo 'portal:x:10001:10001::/:/none' > /passwd

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /passwd /etc/passwd
COPY --from=build /portal /portal
USER 10001:10001
EXPOSE 8080 9090
ENTRYPOINT ["/portal"]
CMD ["serve"]
