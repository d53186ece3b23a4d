package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// Texts is a text[] column.
type Texts []string

// Scan reads Postgres's array.
func (t *Texts) Scan(src any) error {
	return pgtype.NewMap().SQLScanner((*[]string)(t)).Scan(src)
}

// Value writes Postgres's array literal.
func (t Texts) Value() (driver.Value, error) {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	out := make([]string, len(t))
	for i, s := range t {
		out[i] = `"` + quote.Replace(s) + `"`
	}
	return "{" + strings.Join(out, ",") + "}", nil
}

// JSON is a jsonb column that holds a T.
type JSON[T any] struct{ V T }

// Scan reads the column; NULL leaves the zero T.
func (j *JSON[T]) Scan(src any) error {
	switch s := src.(type) {
	case nil:
		return nil
	case []byte:
		return json.Unmarshal(s, &j.V)
	case string:
		return json.Unmarshal([]byte(s), &j.V)
	}
	return fmt.Errorf("jsonb column holds a %T", src)
}

// Value writes the column.
func (j JSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.V)
	return string(b), err
}

// GormDataType keeps GORM from guessing.
func (JSON[T]) GormDataType() string { return "jsonb" }

// GormDataType keeps GORM from guessing.
func (Texts) GormDataType() string { return "text[]" }
