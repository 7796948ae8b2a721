package formats

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/kdump/kdump/codec"
)

func TestGroupLines(t *testing.T) {
	const (
		subscription = "\x00\x01\x00\x00\x00\x02\x00\x06orders\x00\x05carts\xff\xff\xff\xff\x00\x00\x00\x00"
		assignment   = "\x00\x00\x00\x00\x00\x01\x00\x06orders\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x07\xff\xff\xff\xff"
		nothing      = "\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"
		connect      = "\x00\x00\x00\x00\x00\x01l\x00\x01u\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x04sink\x00\x00\x00\x02\xff\xff\xff\xff\x00\x00\x00\x00"
	)
	// 0, 2, 3, and every second one
	scattered := "\x00\x00\x00\x00\x00\x01\x00\x06orders\x00\x00\x03\xe4\x00\x00\x00\x00\x00\x00\x00\x02"
	for i := range 994 {
		scattered += string(binary.BigEndian.AppendUint32(nil, uint32(3+2*i)))
	}
	scattered += "\xff\xff\xff\xff"
	for _, test := range []struct {
		api               string
		version           int16
		request, response fields
		want              string
	}{
		{"JoinGroup", 5, fields{"groupId": {"g"}, "protocolType": {"consumer"}, "protocols": {2}, "protocols[].name": {"range", "sticky"},
			"protocols[].metadata": {subscription, subscription}}, fields{}, "g consumer:range,sticky subscribes=orders,carts ->"},
		{"JoinGroup", 5, fields{"groupId": {"g"}, "protocolType": {"sr"}, "protocols": {1}, "protocols[].name": {"v0"},
			"protocols[].metadata": {"{}"}}, fields{}, "g sr:v0 ->"},
		{"JoinGroup", 5, fields{"groupId": {"g"}, "protocolType": {"consumer"}, "protocols": {4}, "protocols[].name": {"a", "b", "c", "d"},
			"protocols[].metadata": {"", "\x00", "\x00\x01", subscription}}, fields{}, "g consumer:a,b,c,+1 subscribes=orders,carts ->"},
		{"JoinGroup", 5, fields{"groupId": {"g"}, "protocolType": {"consumer"}, "protocols": {2}, "protocols[].name": {"range", "sticky"},
			"protocols[].metadata": {"\x00", ""}}, fields{}, "g consumer:range,sticky subscription-unreadable ->"},
		{"JoinGroup", 5, fields{"groupId": {"g"}, "protocolType": {"consumer"}, "protocols": {1}, "protocols[].name": {"range"},
			"protocols[].metadata": {nothing}}, fields{}, "g consumer:range ->"},
		{"SyncGroup", 5, fields{"groupId": {"g"}, "protocolType": {"consumer"}, "assignments": {3}, "assignments[].memberId": {"a", "b", "c"},
			"assignments[].assignment": {assignment, nothing, "?"}}, fields{"protocolName": {"range"}, "assignment": {assignment}},
			"g generation=0 a=orders[0-2,7] b=nothing c=1B -> range assigned=orders[0-2,7]"},
		{"SyncGroup", 0, fields{"groupId": {"g"}}, fields{"assignment": {connect}}, "g generation=0 -> assigned=sink[connector,0]"},
		{"SyncGroup", 0, fields{"groupId": {"g"}}, fields{"assignment": {scattered}}, "g generation=0 -> assigned=orders[0,2-3,5,7,9,11,+989]"},
		{"SyncGroup", 0, fields{"groupId": {"g"}}, fields{}, "g generation=0 -> assigned=nothing"},
		{"DescribeGroups", 5, fields{"groups": {3}, "groups[]": {"g", "h", "i"}}, fields{"groups": {3}, "groups[].groupId": {"g", "h", "i"},
			"groups[].groupState": {"Stable", "Stable", "Empty"}, "groups[].protocolType": {"consumer", "connect", ""},
			"groups[].protocolData": {"range", "default", ""}, "groups[].members": {4, 1, 0},
			"groups[].members[].memberId":         {"a", "b", "c", "d", "w"},
			"groups[].members[].memberAssignment": {assignment, nothing, "?", assignment, connect}},
			"g,h,i -> g Stable consumer:range 4 members a=orders[0-2,7] b=nothing c=1B +1 member, " +
				"h Stable connect:default 1 member w=sink[connector,0], i Empty no members 0.42 ms"},
	} {
		e := anExchange(build(t, test.api, codec.Request, test.version, test.request), build(t, test.api, codec.Response, test.version, test.response))
		if got := printed(t, Options{}, e); !strings.Contains(strings.Join(strings.Fields(got), " "), test.want) {
			t.Errorf("%s\nlacks %s", got, test.want)
		}
	}
}
