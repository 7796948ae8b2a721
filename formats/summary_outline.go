package formats

import (
	"slices"
	"strings"

	"github.com/kdump/kdump/codec"
)

// outline is a template worked out for one layout: what a summary does at each
// op. The templates themselves, and how they are written, stand beside
// templates.
type outline struct {
	steps []step // by op
}

// step is what a summary does at one op.
type step struct {
	enter  bool     // something inside is wanted
	always bool     // even in an element that the text has no room for
	keep   bool     // the value is kept until the struct around it ends
	list   *listing // of an array whose elements are shown

	// Of structs:
	words    []word
	clear    []int32 // the ops whose values belong to one struct alone
	errors   []int32 // those that are error codes
	identity []int32 // those that name it, the best first
	index    int32   // the one that is its partition, -1 for none

	// Of error codes: the field that explains it, 0 for none.
	reason int32
}

// listing says how the elements of an array are shown.
type listing struct {
	separator string
	noun      string // what the elements are, for those that are not shown: "topics"
	most      int    // how many elements are shown
	format    format // of elements that are no structs, nil for their own
	numbers   bool   // elements begin with numbers, of which neighbours are drawn together: "0-5"
	number    int32  // of elements that are structs: the op of that number
	rest      word   // and what stands behind it
}

// word is the pieces of a template up to a space. It is left out where one of
// its fields is not there.
type word []piece

// piece is a part of a word.
type piece struct {
	kind    pieceKind
	text    string  // of literals; of counts the noun; of choices that for true
	empty   string  // what stands for null, and for an empty string
	other   string  // of choices the text for false
	ops     []int32 // the fields, of which the first that has a value is taken
	format  format  // nil for that of the field's kind and meaning
	partner int32   // of equal: the other field
	// emptyIsNull: an empty array means the same as null in versions that have
	// no null.
	emptyIsNull bool
	// long says that a list in which this stands has elements with lists in
	// them, however deep it is.
	long bool
	// bracketed fields stand behind a bracket, between which there may be
	// nothing.
	bracketed bool
}

type pieceKind uint8

const (
	literal    pieceKind = iota
	field                // the value
	count                // how many elements, and of what
	some                 // likewise, but nothing for none
	choice               // a text for true, one for false
	equal                // a text where two fields are equal, one where not
	condition            // nothing, but it has to be there and not empty
	setting              // "=" and the value, where it is not null
	totals               // what the records of the whole message come to
	subscribed           // the topics that a member of a classic group subscribes to
)

// compiler works out the outline of one layout.
type compiler struct {
	ops   []codec.Op
	steps []step
	// What the template wants of everything in the message.
	wantsRecords, wantsSubscription bool
}

// newOutline works out a template for a layout. Fields that the layout's
// version lacks take the words around them with them.
func newOutline(l *codec.Layout, template string) *outline {
	c := &compiler{ops: l.Ops, steps: make([]step, len(l.Ops)),
		wantsRecords:      strings.Contains(template, "{"+recordTotals+"}"),
		wantsSubscription: strings.Contains(template, "{"+subscriptions+"}")}
	for i := range c.ops {
		c.prepare(int32(i))
	}
	c.steps[0].enter = true
	c.steps[0].words = c.compile(0, template)
	return &outline{steps: c.steps}
}

// prepare notes what every summary wants to know: errors with what they are
// about, throttling, the records, and what members subscribe to.
func (c *compiler) prepare(at int32) {
	op, s := &c.ops[at], &c.steps[at]
	s.always = op.Has(codec.ErrorCode) || c.wantsRecords && op.HasRecords() || c.wantsSubscription && op.Has(codec.GroupSubscription)
	s.enter = s.always
	if op.Kind != codec.Struct {
		return
	}
	s.index = -1
	for i := at + 1; i < op.End; i = c.ops[i].End {
		c.prepareChild(at, i)
	}
	if at > 0 && s.always {
		s.identity = c.identity(at)
		c.keep(at, s.identity...)
		if s.index >= 0 {
			c.keep(at, s.index)
		}
	}
}

func (c *compiler) prepareChild(at, i int32) {
	s := &c.steps[at]
	switch c.ops[i].Is {
	case codec.ErrorCode:
		s.errors = append(s.errors, i)
		c.keep(at, i)
	case codec.ErrorMessage:
		if n := len(s.errors); n > 0 {
			c.steps[s.errors[n-1]].reason = i
			c.keep(at, i)
		}
	case codec.Throttle:
		c.keep(at, i)
	case codec.Partition:
		if c.ops[i].Kind != codec.Array {
			s.index = i
		}
	}
}

// keep has the values of ops kept as long as the struct at owner lasts.
func (c *compiler) keep(owner int32, ops ...int32) {
	c.steps[owner].clear = append(c.steps[owner].clear, ops...)
	for _, i := range ops {
		c.steps[i].keep = true
		for up := c.ops[i].Parent; up >= 0; up = c.ops[up].Parent {
			c.steps[up].enter = true
		}
	}
}

// identities are the meanings by which the structs of an array are told
// apart, the best first.
var identities = [...]codec.Meaning{codec.TopicName, codec.TopicID, codec.GroupID, codec.TransactionalID,
	codec.ResourceName, codec.Principal, codec.MemberID, codec.GroupInstanceID}

// identity returns the fields that name the struct at at.
func (c *compiler) identity(at int32) []int32 {
	var found []int32
	for _, m := range identities {
		if i := c.childThatIs(at, m); i >= 0 {
			found = append(found, i)
		}
	}
	for _, name := range [...]string{"key", "name", "feature", "logDir"} {
		if i := c.child(at, name); i >= 0 && c.ops[i].Kind == codec.String {
			found = append(found, i)
		}
	}
	return found
}

// childThatIs returns the first field of the struct at at that has the
// meaning and is no array, -1 where there is none.
func (c *compiler) childThatIs(at int32, m codec.Meaning) int32 {
	for i := at + 1; i < c.ops[at].End; i = c.ops[i].End {
		if c.ops[i].Is == m && c.ops[i].Kind != codec.Array {
			return i
		}
	}
	return -1
}

// child returns the named field of the struct at at, -1 where there is none.
func (c *compiler) child(at int32, name string) int32 {
	for i := at + 1; i < c.ops[at].End; i = c.ops[i].End {
		if c.ops[i].Name == name {
			return i
		}
	}
	return -1
}

// resolve returns the field at a path such as "replicaState.replicaId".
func (c *compiler) resolve(at int32, path string) int32 {
	for name := range strings.SplitSeq(path, ".") {
		if at = c.child(at, name); at < 0 {
			break
		}
	}
	return at
}

// compile works out the template for the struct at owner.
func (c *compiler) compile(owner int32, template string) []word {
	var words []word
	for _, text := range splitWords(template) {
		if text == topicLists {
			words = append(words, c.compile(owner, c.topicTemplate())...)
			continue
		}
		if w := c.word(owner, text); w != nil {
			words = append(words, w)
		}
	}
	return words
}

// word works out one word; nil where the version lacks a field of it.
func (c *compiler) word(owner int32, text string) word {
	var w word
	for text != "" {
		if text[0] != '{' {
			end := strings.IndexByte(text+"{", '{')
			w = append(w, piece{kind: literal, text: text[:end]})
			text = text[end:]
			continue
		}
		end := closing(text)
		p, ok := c.piece(owner, text[1:end])
		if !ok {
			return nil
		}
		p.bracketed = len(w) > 0 && strings.HasSuffix(w[len(w)-1].text, "[")
		w = append(w, p)
		text = text[end+1:]
	}
	c.squeeze(w)
	return w
}

// squeeze has the lists inside a word of several pieces take no spaces.
func (c *compiler) squeeze(w word) {
	if len(w) == 1 {
		return
	}
	for i := range w {
		for _, at := range w[i].ops {
			if l := c.steps[at].list; l != nil && l.separator == " " {
				l.separator = ","
			}
		}
	}
}

// piece works out what stands between two braces.
func (c *compiler) piece(owner int32, text string) (piece, bool) {
	if text == recordTotals {
		return piece{kind: totals}, true
	}
	if text == subscriptions {
		return piece{kind: subscribed}, true
	}
	p := piece{kind: field}
	switch text[0] {
	case '?':
		p.kind, text = condition, text[1:]
	case '=':
		p.kind, text = setting, text[1:]
	}
	names := text[:len(text)-len(strings.TrimLeft(text, nameCharacters))]
	for name := range strings.SplitSeq(names, "|") {
		if i := c.resolve(owner, name); i >= 0 {
			p.ops = append(p.ops, i)
		}
	}
	if len(p.ops) == 0 {
		return p, false
	}
	c.keep(owner, p.ops...)
	ok := c.shape(owner, &p, text[len(names):])
	return p, ok
}

const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.|"

// shape works out what stands behind the field's name.
func (c *compiler) shape(owner int32, p *piece, rest string) bool {
	mark := byte(' ')
	if rest != "" {
		mark, rest = rest[0], rest[1:]
	}
	switch mark {
	case '#':
		p.kind, p.text = count, rest
	case '+':
		p.kind, p.text = some, rest
	case ':':
		p.format, p.long = formatOf(rest), rest == "assigned"
		c.lists(p.ops, "", p.format)
	case '?':
		p.kind = choice
		p.text, p.other, _ = strings.Cut(rest, "/")
	case '=':
		p.kind = equal
		var name string
		name, rest, _ = strings.Cut(rest, "?")
		p.text, p.other, _ = strings.Cut(rest, "/")
		p.partner = c.resolve(owner, name)
		if p.partner < 0 {
			return false
		}
		c.keep(owner, p.partner)
	case '/', '*':
		p.emptyIsNull = mark == '*'
		p.empty, rest, _ = strings.Cut(rest, " ")
		c.lists(p.ops, rest, nil)
	default:
		c.lists(p.ops, rest, nil)
	}
	return true
}

// lists works out how those of the ops that are arrays are listed: their
// elements by the template, or by the format where they are no structs.
func (c *compiler) lists(ops []int32, template string, f format) {
	for _, at := range ops {
		if c.ops[at].Kind == codec.Array {
			c.steps[at].enter = true
			c.steps[at].list = c.listing(at, template)
			c.steps[at].list.format = f
		}
	}
}

func (c *compiler) listing(at int32, template string) *listing {
	element := at + 1
	l := &listing{separator: ",", most: mostInner, number: -1, noun: c.noun(element)}
	if c.ops[element].Kind != codec.Struct {
		c.steps[element].keep = true
		l.numbers = c.ops[element].Is == codec.Partition
	} else {
		words := c.compile(element, template)
		c.steps[element].enter = true
		c.steps[element].words = words
		outer := c.ops[at].Depth == 0 || isLong(words)
		if outer {
			l.most = mostOuter
		}
		l.number, l.rest = c.numberOf(words)
		l.numbers = l.number >= 0
		switch {
		case len(words) > 1:
			l.separator = ", "
		case outer:
			l.separator = " "
		}
	}
	if l.numbers {
		l.most, l.separator, l.noun = mostInner, ",", ""
	}
	return l
}

// isLong reports whether a piece of the words is long.
func isLong(words []word) bool {
	return slices.ContainsFunc(words, func(w word) bool { return slices.ContainsFunc(w, func(p piece) bool { return p.long }) })
}

// How many elements of a list a line shows: of structs in the message itself, of
// others that are long, and of all others.
const (
	mostOuter = 3
	mostInner = 6
)

// numberOf returns the partition that each element begins with and the pieces
// behind it, where elements are one word of that kind; else -1.
func (c *compiler) numberOf(words []word) (number int32, rest word) {
	if len(words) != 1 {
		return -1, nil
	}
	for i := range words[0] {
		p := &words[0][i]
		switch {
		case p.kind == condition:
		case p.kind == field && p.format == nil && c.ops[p.ops[0]].Is == codec.Partition:
			return p.ops[0], words[0][i+1:]
		default:
			return -1, nil
		}
	}
	return -1, nil
}

// noun says what the elements of an array are.
func (c *compiler) noun(element int32) string {
	is := func(m codec.Meaning) bool {
		return c.ops[element].Is == m || c.ops[element].Kind == codec.Struct && c.childThatIs(element, m) >= 0
	}
	switch {
	case is(codec.Partition):
		return "partition"
	case is(codec.TopicName), is(codec.TopicID):
		return "topic"
	case is(codec.GroupID):
		return "group"
	case is(codec.MemberID):
		return "member"
	case is(codec.TransactionalID):
		return "transaction"
	case is(codec.ResourceName):
		return "resource"
	}
	return ""
}

// topicTemplate makes the template of all lists of topics, with their
// partitions, that stand in the message itself.
func (c *compiler) topicTemplate() string {
	var t strings.Builder
	for i := int32(1); i < c.ops[0].End; i = c.ops[i].End {
		if c.ops[i].Kind != codec.Array {
			continue
		}
		if element := c.elementTemplate(i + 1); element != "" {
			t.WriteString(" {" + c.ops[i].Name + " " + element + "}")
		} else if c.ops[i].Is == codec.TopicName {
			t.WriteString(" {" + c.ops[i].Name + "}")
		}
	}
	return t.String()
}

// elementTemplate makes the template of a topic with its partitions; "" where
// the element is no topic.
func (c *compiler) elementTemplate(element int32) string {
	if c.ops[element].Kind != codec.Struct {
		return ""
	}
	var names []string
	for _, m := range identities[:2] {
		if i := c.childThatIs(element, m); i >= 0 {
			names = append(names, c.ops[i].Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	topic := "{" + strings.Join(names, "|") + "}"
	if i := c.childThatIs(element, codec.Partition); i >= 0 {
		return topic + "[{" + c.ops[i].Name + "}]"
	}
	for i := element + 1; i < c.ops[element].End; i = c.ops[i].End {
		if c.ops[i].Kind != codec.Array {
			continue
		}
		if c.ops[i].Is == codec.Partition {
			return topic + "[{" + c.ops[i].Name + "}]"
		}
		if c.ops[i+1].Kind != codec.Struct {
			continue
		}
		if p := c.childThatIs(i+1, codec.Partition); p >= 0 {
			return topic + "[{" + c.ops[i].Name + " {" + c.ops[p].Name + "}}]"
		}
	}
	return topic
}

// splitWords splits a template at the spaces that stand outside of braces.
func splitWords(template string) []string {
	var words []string
	depth, start := 0, 0
	for i := 0; i <= len(template); i++ {
		switch {
		case i == len(template) || template[i] == ' ' && depth == 0:
			if i > start {
				words = append(words, template[start:i])
			}
			start = i + 1
		case template[i] == '{':
			depth++
		case template[i] == '}':
			depth--
		}
	}
	return words
}

// closing returns where the brace that opens text is closed.
func closing(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text) - 1
}
