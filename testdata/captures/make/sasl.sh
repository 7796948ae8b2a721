#!/usr/bin/env bash
# Logins by PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER, right and wrong, against both brokers: the Java client (delegation tokens and
# a connection that logs in again included), kcat, kafka-python; against 3.9.2 also clients that send SASL tokens without Kafka headers.
# Every password begins with "kdump-secret-", so that it can be looked for where it must not be.
. "$(dirname "$0")/scenario.sh"
begin sasl "$@"
require kcat kcat
(cd "$make_dir/go" && go build -o "$work/" ./rawsasl)
python=$(virtualenv kafka-python==3.0.12)
old_python=$(virtualenv kafka-python==1.4.7)

login() { # MECHANISM USER PASSWORD
    client kcat -b 127.0.0.1:9092 -X security.protocol=SASL_PLAINTEXT -X "sasl.mechanisms=$1" -X "sasl.username=$2" -X "sasl.password=$3" -L -m "${patience:-60}" >/dev/null 2>"$work/login.log"
}

# refused: as login, which the broker must refuse. The client would try for as long as it has patience.
refused() { ! patience=10 login "$@" && grep -q 'Authentication failed' "$work/login.log"; }

exercise() {
    tour "$tours" SaslTour 127.0.0.1:9092 127.0.0.1:9094
    login PLAIN admin kdump-secret-admin
    refused PLAIN admin kdump-secret-wrong-5
    client "$python" "$make_dir/python/sasl.py" 127.0.0.1:9092 SCRAM-SHA-256 alice kdump-secret-alice
    client "$python" "$make_dir/python/sasl.py" 127.0.0.1:9092 SCRAM-SHA-512 bob kdump-secret-bob
}

# Debian's librdkafka is older than 2.6.1: it sends the client's nonce twice, which 4.4.0 refuses and 3.9.2 does not.
exercise_4() {
    exercise
    refused SCRAM-SHA-256 alice kdump-secret-alice
}

exercise_3() {
    exercise
    login SCRAM-SHA-256 alice kdump-secret-alice
    login SCRAM-SHA-512 bob kdump-secret-bob
    client "$work/rawsasl" 127.0.0.1:9092 PLAIN:admin:kdump-secret-admin:ok PLAIN:admin:kdump-secret-wrong-6:refused \
        SCRAM-SHA-256:alice:kdump-secret-alice:ok SCRAM-SHA-512:bob:kdump-secret-bob:ok SCRAM-SHA-256:alice:kdump-secret-wrong-7:refused
    client "$old_python" "$make_dir/python/old_sasl.py" 127.0.0.1:9092
}

plain='org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="kdump-secret-admin" user_admin="kdump-secret-admin";'
scram='org.apache.kafka.common.security.scram.ScramLoginModule required;'
bearer='org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
extra_properties="
listeners=SASL_PLAINTEXT://127.0.0.1:9092,PLAINONLY://127.0.0.1:9094,CONTROLLER://127.0.0.1:9093
advertised.listeners=SASL_PLAINTEXT://127.0.0.1:9092,PLAINONLY://127.0.0.1:9094
inter.broker.listener.name=SASL_PLAINTEXT
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,PLAINONLY:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
listener.name.plainonly.sasl.enabled.mechanisms=PLAIN
listener.name.plainonly.plain.sasl.jaas.config=$plain
listener.name.sasl_plaintext.plain.sasl.jaas.config=$plain
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=$scram
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=$scram
listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config=$bearer
listener.name.sasl_plaintext.connections.max.reauth.ms=3000
connections.max.reauth.ms=3000
connection.failed.authentication.delay.ms=50
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:ANONYMOUS
delegation.token.secret.key=kdump-secret-token-key"
format_options=(
    --add-scram 'SCRAM-SHA-256=[name=alice,password=kdump-secret-alice]'
    --add-scram 'SCRAM-SHA-512=[name=bob,password=kdump-secret-bob]'
    --add-scram 'SCRAM-SHA-256=[name=admin,password=kdump-secret-admin-scram]'
)
tours=$(compile kafka-4.4.0 Steps.java SaslTour.java)
against 4.4.0 sasl-4.4 exercise_4
tours=$(compile kafka-3.9.2 Steps.java SaslTour.java)
against 3.9.2 sasl-3.9 exercise_3
