package formats

import (
	"strings"

	"github.com/fatih/color"

	"github.com/kdump/kdump/codec"
)

// shade is what the terminal is told before and behind a text; both are empty
// where there are no colours.
type shade struct{ on, off string }

// palette gives each kind of text its colour.
type palette struct {
	dim, client, server, api, name, topic, ok, bad, note shade
}

// newPalette returns a palette of no colours unless colours are wanted. It
// never asks what kind of file stdout is: whoever makes the printer knows.
func newPalette(colours bool) palette {
	if !colours {
		return palette{}
	}
	return palette{
		dim:    newShade(color.Faint),
		client: newShade(color.FgCyan),
		server: newShade(color.FgBlue),
		api:    newShade(color.Bold),
		name:   newShade(color.FgMagenta),
		topic:  newShade(color.FgGreen),
		ok:     newShade(color.FgGreen, color.Faint),
		bad:    newShade(color.FgRed, color.Bold),
		note:   newShade(color.FgYellow),
	}
}

func newShade(attributes ...color.Attribute) shade {
	c := color.New(attributes...)
	c.EnableColor()
	on, off, _ := strings.Cut(c.Sprint("|"), "|")
	return shade{on, off}
}

// of gives the colour of a field by what it means.
func (p *palette) of(m codec.Meaning) shade {
	switch m {
	case codec.TopicName, codec.TopicID:
		return p.topic
	case codec.GroupID, codec.TransactionalID, codec.Principal, codec.ResourceName:
		return p.name
	case codec.Host, codec.Port:
		return p.server
	}
	return shade{}
}

// paint appends a text that is known to be harmless in a colour.
func (s shade) paint(dst []byte, text string) []byte {
	dst = append(dst, s.on...)
	dst = append(dst, text...)
	return append(dst, s.off...)
}
