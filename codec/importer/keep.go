package main

import (
	"errors"
	"fmt"
)

// keep takes over what people added to the file as it was: meanings and
// comments. It fails, naming them, where lines that carry such have gone.
func (d *definition) keep(was *definition) error {
	d.comments = was.comments
	var gone []error
	for i := range was.sections {
		old := &was.sections[i]
		fresh := d.section(old.name)
		if fresh == nil {
			gone = append(gone, fmt.Errorf("%s: the %s has gone", d.path(), old.name))
			continue
		}
		fresh.comments = old.comments
		gone = append(gone, keepFields(fresh.fields, old.fields, d.path()+": "+old.name+" "))
	}
	return errors.Join(gone...)
}

func (d *definition) section(name string) *section {
	for i := range d.sections {
		if d.sections[i].name == name {
			return &d.sections[i]
		}
	}
	return nil
}

func keepFields(fields, was []field, path string) error {
	var gone []error
	for i := range was {
		old := &was[i]
		fresh := old.findIn(fields)
		if fresh == nil {
			gone = append(gone, old.lost(path))
			continue
		}
		fresh.comments = old.comments
		if old.meaning != "" {
			fresh.meaning = old.meaning
		}
		gone = append(gone, keepFields(fresh.fields, old.fields, path+old.name+"."))
	}
	return errors.Join(gone...)
}

// findIn finds the line that says the same as f did: of that name and type.
func (f *field) findIn(fields []field) *field {
	for i := range fields {
		if fields[i].name == f.name && fields[i].typeName() == f.typeName() {
			return &fields[i]
		}
	}
	return nil
}

// lost names every line of f that carries something by hand and has no place now.
func (f *field) lost(path string) error {
	path += f.name
	var all []error
	if f.meaning != "" {
		all = append(all, fmt.Errorf("%s %s has gone, which is %s", path, f.typeName(), f.meaning))
	}
	if f.comments != nil {
		all = append(all, fmt.Errorf("%s %s has gone, which has the comment %q", path, f.typeName(), f.comments))
	}
	for i := range f.fields {
		all = append(all, f.fields[i].lost(path+"."))
	}
	return errors.Join(all...)
}
