package decode

import (
	"testing"

	"github.com/kdump/kdump/codec"
)

// Fields of a message itself are found by what they mean, whatever they are
// called, and others by their names; those further in are not looked at.
func TestFind(t *testing.T) {
	ask := kafkaSide(t, "Envelope", codec.Request, 0, `{"requestData":"AQ==","requestPrincipal":"Ag==","clientHostAddress":"Aw=="}`)
	answer := kafkaSide(t, "Envelope", codec.Response, 0, `{"responseData":"BA==","errorCode":5}`)
	token := kafkaSide(t, "SaslAuthenticate", codec.Request, 2, `{"authBytes":"Bg=="}`)
	groups := kafkaSide(t, "DescribeGroups", codec.Response, 0, `{"groups":[{"errorCode":7,"groupId":"g","groupState":"","protocolType":"","protocolData":"","members":[]}]}`)
	var d Decoder
	for _, test := range []struct {
		in   Message
		is   codec.Meaning
		name string
		want string
	}{
		{ask, codec.EnvelopeRequest, "", "01"},
		{ask, codec.KafkaPrincipal, "", "02"},
		{ask, codec.Address, "", "03"},
		{ask, codec.EnvelopeResponse, "", ""},
		{answer, codec.EnvelopeResponse, "", "04"},
		{answer, codec.ErrorCode, "", "0005"},
		{token, codec.SaslToken, "", "06"},
		{token, codec.NoMeaning, "authBytes", "06"},
		{groups, codec.ErrorCode, "", ""},
		{groups, codec.NoMeaning, "groupId", ""},
		{Message{}, codec.ErrorCode, "", ""},
	} {
		got := d.find(test.in.Layout, test.in.Body, test.is)
		if test.name != "" {
			got = d.findNamed(test.in.Layout, test.in.Body, test.name)
		}
		if hex(got) != test.want {
			t.Errorf("%v: %s%s is %x, want %s", test.in.Layout, test.is, test.name, got, test.want)
		}
	}
}
