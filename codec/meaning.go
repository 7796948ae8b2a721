package codec

// Meaning says what a field stands for, where its type does not tell. It has
// no effect on the wire. Kafka's definitions state five of them (entityType);
// the others are this project's. definitions/README says what each means.
type Meaning uint8

// The meanings that definitions give to fields.
const (
	NoMeaning Meaning = iota
	TopicName
	TopicID
	Partition
	GroupID
	MemberID
	GroupInstanceID
	BrokerID
	ProducerID
	TransactionalID
	ClientID
	ClusterID
	ErrorCode
	ErrorMessage
	Throttle
	Host
	Address
	Port
	Rack
	Principal
	ResourceName
	ConfigName
	ConfigValue
	Text
	ProtocolType
	ProtocolName
	Secret
	SaslToken
	GroupSubscription
	GroupAssignment
	SubscriptionUserData
	AssignmentUserData
	Telemetry
	EnvelopeRequest
	EnvelopeResponse
	KafkaPrincipal
	RecordsPart
)

var meaningNames = [...]string{
	TopicName:            "topicName",
	TopicID:              "topicId",
	Partition:            "partition",
	GroupID:              "groupId",
	MemberID:             "memberId",
	GroupInstanceID:      "groupInstanceId",
	BrokerID:             "brokerId",
	ProducerID:           "producerId",
	TransactionalID:      "transactionalId",
	ClientID:             "clientId",
	ClusterID:            "clusterId",
	ErrorCode:            "errorCode",
	ErrorMessage:         "errorMessage",
	Throttle:             "throttle",
	Host:                 "host",
	Address:              "address",
	Port:                 "port",
	Rack:                 "rack",
	Principal:            "principal",
	ResourceName:         "resourceName",
	ConfigName:           "configName",
	ConfigValue:          "configValue",
	Text:                 "text",
	ProtocolType:         "protocolType",
	ProtocolName:         "protocolName",
	Secret:               "secret",
	SaslToken:            "saslToken",
	GroupSubscription:    "groupSubscription",
	GroupAssignment:      "groupAssignment",
	SubscriptionUserData: "subscriptionUserData",
	AssignmentUserData:   "assignmentUserData",
	Telemetry:            "telemetry",
	EnvelopeRequest:      "request",
	EnvelopeResponse:     "response",
	KafkaPrincipal:       "kafkaPrincipal",
	RecordsPart:          "recordsPart",
}

// meaningNamed returns the meaning that definitions write so, NoMeaning where
// there is none.
func meaningNamed(name string) Meaning {
	for m, n := range meaningNames {
		if n == name {
			return Meaning(m)
		}
	}
	return NoMeaning
}

// String gives the meaning as definitions write it, "" for none.
func (m Meaning) String() string { return meaningNames[m] }

// Relation says whether a field's meaning depends on a sibling field.
type Relation uint8

// The ways in which a meaning depends on a sibling.
const (
	Always Relation = iota // it does not
	When                   // it holds when the sibling, a bool, is true
	By                     // it depends on what the sibling says: a config's key, a position
)
