package codec

import "testing"

// Trees are decoded again into the same memory, as a proxy would.
func BenchmarkTree(b *testing.B) {
	metadata, _ := APIByName("Metadata").Layout(Response, 12)
	fetch, _ := APIByName("Fetch").Layout(Response, 12)
	for _, l := range []*Layout{metadata, fetch} {
		body := manyElements(l)
		var tree Tree
		if err := tree.Decode(l, body); err != nil {
			b.Fatal(err)
		}
		b.Run("Decode/"+l.Name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := tree.Decode(l, body); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(tree.nodes)), "nodes/op")
		})
		b.Run("Append/"+l.Name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				var err error
				if dst, err = AppendMessage(dst[:0], &tree); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseJSON(b *testing.B) {
	l, _ := APIByName("Metadata").Layout(Response, 12)
	text, err := new(JSON).Append(nil, l, Body{Bytes: manyElements(l)})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseJSON(l, text); err != nil {
			b.Fatal(err)
		}
	}
}
