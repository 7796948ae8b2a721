#!/usr/bin/env bash
# Real servers and clients of other protocols, none of which is Kafka (others), each server at its usual port: HTTP/1.1 and HTTP/2, Redis,
# PostgreSQL, MariaDB, MQTT, AMQP, RabbitMQ Streams, NATS, ZooKeeper, gRPC, SSH, DNS over TCP; and, by junk.py, protocols made up to be as
# much like Kafka as can be.
. "$(dirname "$0")/scenario.sh"
begin others "$@"
export RUNLEVEL=1 # or Debian starts what it installs
for pair in curl:curl nginx:nginx-light redis-server:redis-server mariadbd:mariadb-server psql:postgresql mosquitto:mosquitto \
    mosquitto_pub:mosquitto-clients rabbitmq-server:rabbitmq-server nats-server:nats-server sshd:openssh-server ssh:openssh-client \
    dnsmasq:dnsmasq-base dig:bind9-dnsutils; do
    PATH=$PATH:/usr/sbin require "${pair%:*}" "${pair#*:}"
done
PATH=$PATH:/usr/sbin

# as USER DIRECTORY COMMAND...: a directory of that user's own, made with the command, run as the user.
as() {
    local user=$1 dir=$2
    shift 2
    chmod 711 "$work"
    install -d -o "$user" "$dir"
    runuser -u "$user" -- "$@" >"$dir.log" 2>&1 || { cat "$dir.log" >&2; return 1; }
}

python=$(packages others kazoo==2.10.0 nats-py==2.9.0 pika==1.3.2 grpcio==1.68.1 rstream==1.1.1)

capture "$work/others.pcap" tcp

mkdir "$work/site"
seq 1 20000 >"$work/site/numbers.txt"
cat >"$work/nginx.conf" <<END
daemon off;
pid $work/nginx.pid;
error_log stderr;
user root;
events {}
http {
    access_log off;
    client_body_temp_path $work/nginx-body; proxy_temp_path $work/nginx-proxy; fastcgi_temp_path $work/nginx-fastcgi;
    uwsgi_temp_path $work/nginx-uwsgi; scgi_temp_path $work/nginx-scgi;
    server { listen 127.0.0.1:8080; root $work/site; }
    server { listen 127.0.0.1:8081 http2; root $work/site; }
}
END
serve 8080 nginx -c "$work/nginx.conf"
for i in 1 2 3; do
    within curl -s -o /dev/null http://127.0.0.1:8080/numbers.txt -o /dev/null http://127.0.0.1:8080/none -d "field=$i" -o /dev/null http://127.0.0.1:8080/
    for path in numbers.txt none; do within curl -s --http2-prior-knowledge -o /dev/null "http://127.0.0.1:8081/$path"; done
done

serve 6379 redis-server --bind 127.0.0.1 --save '' --dir "$work"
seq 1 500 | sed 's/.*/SET key:& value:&/' | within redis-cli --pipe >/dev/null
for i in 1 2 3; do within redis-cli MGET key:1 key:2 "key:$i" >/dev/null; done

postgres=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
as postgres "$work/postgres" "$postgres/initdb" -A trust -D "$work/postgres/data"
serve 5432 runuser -u postgres -- "$postgres/postgres" -D "$work/postgres/data" -k '' -h 127.0.0.1
within psql -q -h 127.0.0.1 -U postgres <<END >/dev/null
CREATE TABLE orders (id int, text text);
INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 300) n;
SELECT * FROM orders;
SELECT no_such_column FROM orders;
END

as mysql "$work/mariadb" mariadb-install-db --no-defaults --auth-root-authentication-method=normal --datadir="$work/mariadb/data"
serve 3306 mariadbd --no-defaults --user=mysql --datadir="$work/mariadb/data" --socket="$work/mariadb/socket" --bind-address=127.0.0.1
within mariadb -h 127.0.0.1 -u root <<END >/dev/null
CREATE DATABASE shop; USE shop;
CREATE TABLE orders (id int, text text);
INSERT INTO orders SELECT seq, concat('order ', seq) FROM seq_1_to_300;
SELECT * FROM orders;
END

serve 1883 mosquitto -p 1883
background "$work/mosquitto_sub.log" mosquitto_sub -t 'orders/#' -C 50
subscriber=$pid
sleep 0.5
for i in $(seq 1 50); do within mosquitto_pub -q $((i % 3)) -t "orders/$i" -m "order $i"; done
wait "$subscriber"

export RABBITMQ_BASE=$work/rabbitmq RABBITMQ_MNESIA_BASE=$work/rabbitmq/mnesia RABBITMQ_LOG_BASE=$work/rabbitmq RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME=kdump@localhost RABBITMQ_PID_FILE=$work/rabbitmq/pid RABBITMQ_ENABLED_PLUGINS_FILE=$work/rabbitmq/plugins HOME=$work
install -d -o rabbitmq "$work/rabbitmq"
echo '[rabbitmq_stream].' >"$work/rabbitmq/plugins" # its streams are at port 5552
serve 5672 runuser -u rabbitmq -- /usr/lib/rabbitmq/bin/rabbitmq-server
serve 4222 nats-server -a 127.0.0.1
zookeeper 3.9.2
servers+=("$zookeeper_pid")
for protocol in amqp streams nats zookeeper grpc; do client "$python" "$make_dir/python/others.py" "$protocol"; done

ssh-keygen -q -t ed25519 -N '' -f "$work/key"
mkdir -p /run/sshd
serve 2222 /usr/sbin/sshd -D -e -f /dev/null -o Port=2222 -o ListenAddress=127.0.0.1 -o "HostKey=$work/key" -o "AuthorizedKeysFile=$work/key.pub" \
    -o StrictModes=no -o PidFile=none -o UsePAM=no
within ssh -q -p 2222 -i "$work/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1 seq 1 2000 >/dev/null

serve 53 dnsmasq -k -C /dev/null --no-resolv --no-hosts --user=root --pid-file= --listen-address=127.0.0.1 --address=/example.com/192.0.2.1 \
    --txt-record=text.example.com,"some text"
for name in example.com a.example.com text.example.com none.invalid; do
    within dig @127.0.0.1 +tcp +keepopen A "$name" TXT "$name" >/dev/null
done

within python3 "$make_dir/python/junk.py"

stop "${servers[@]}"
end_captures
gzip -9nc "$work/others.pcap" >"$out/others.pcap.gz"
