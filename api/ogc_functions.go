package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"basin/layer"
)

// FilterFunctions lists the functions that a filter may call, as part 3 of OGC API Features has it.
type FilterFunctions struct {
	Functions []FilterFunction `json:"functions"`
}

// FilterFunction is a function that a filter may call.
type FilterFunction struct {
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Args        []FilterArgument `json:"args"`
	Returns     []string         `json:"returns"`
	Example     string           `json:"example"` // a path that works on the shipped region
}

// FilterArgument is an argument of a function.
type FilterArgument struct {
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Type        []string `json:"type"`
}

func (s *Server) ogcFunctions(c echo.Context, _ Ask) error {
	out := FilterFunctions{Functions: []FilterFunction{}}
	for _, f := range layer.Functions() {
		args := make([]FilterArgument, len(f.Args))
		for i, a := range f.Args {
			args[i] = FilterArgument{Title: a.Title, Description: a.Doc, Type: []string{a.Type}}
		}
		out.Functions = append(out.Functions, FilterFunction{Name: f.Name, Description: f.Doc, Args: args, Returns: []string{f.Returns},
			Example: "/ogc/collections/" + f.Example.Layer + "/items?filter=" + url.QueryEscape(f.Example.Filter)})
	}
	return c.JSON(http.StatusOK, out)
}
