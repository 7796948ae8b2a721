// Rawsasl logs in with sarama as clients did before Kafka 1.0: SaslHandshake version 0, then the mechanism's tokens without any Kafka
// header. Arguments: the broker, and each login as mechanism:user:password:result, the result being "ok" or "refused".
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"
)

func main() {
	for _, login := range os.Args[2:] {
		parts := strings.Split(login, ":")
		if len(parts) != 4 {
			log.Fatalf("%q is not mechanism:user:password:result", login)
		}
		err := connect(os.Args[1], parts[0], parts[1], parts[2])
		if accepted := err == nil; accepted != (parts[3] == "ok") {
			log.Fatalf("%s as %s: expected %s, got: %v", parts[0], parts[1], parts[3], err)
		}
	}
}

func connect(broker, mechanism, user, password string) error {
	config := sarama.NewConfig()
	config.Version = sarama.V0_10_2_0
	config.ClientID = "rawsasl"
	config.ApiVersionsRequest = false
	config.Metadata.Retry.Max = 0
	config.Net.SASL.Enable = true
	config.Net.SASL.Version = sarama.SASLHandshakeV0
	config.Net.SASL.Mechanism = sarama.SASLMechanism(mechanism)
	config.Net.SASL.User = user
	config.Net.SASL.Password = password
	config.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient {
		hash := scram.SHA256
		if mechanism == sarama.SASLTypeSCRAMSHA512 {
			hash = scram.SHA512
		}
		return &client{hash: hash}
	}
	kafka, err := sarama.NewClient([]string{broker}, config)
	if err != nil {
		return err
	}
	defer kafka.Close()
	if _, err := kafka.Topics(); err != nil {
		return fmt.Errorf("topics: %w", err)
	}
	return nil
}

// client is the SCRAM conversation that sarama leaves to its user.
type client struct {
	hash         scram.HashGeneratorFcn
	conversation *scram.ClientConversation
}

func (c *client) Begin(user, password, authorization string) error {
	begun, err := c.hash.NewClient(user, password, authorization)
	if err != nil {
		return err
	}
	c.conversation = begun.NewConversation()
	return nil
}

func (c *client) Step(challenge string) (string, error) { return c.conversation.Step(challenge) }
func (c *client) Done() bool                            { return c.conversation.Done() }
