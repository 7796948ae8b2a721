# What every scenario needs: a network namespace, a broker from its published jars, tcpdump, and the request log.
# Sourced by the scenario scripts, as root:
#
#     . "$(dirname "$0")/scenario.sh"
#     begin java-4.4 "$@"
#
# What is still running of all that was started here is ended, by its process id, when the script ends, however it ends.

set -euo pipefail

make_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kdump
cluster_id=5L6g3nShT-eMCtK--X86sw

# What a script exits with where a capture, or what kdump live shows of it, lacks a packet or a line of output.
lost=3

format_options=()
captures=()
namespaces=()

# begin NAME [OUTDIR]: the scenario's name, where its captures go (default: beside the committed ones), and a namespace.
begin() {
    name=$1
    out=$(realpath -m "${2:-$make_dir/..}")
    work=$(mktemp -dt "kdump-$name.XXXXXX")
    trap finish EXIT
    mkdir -p "$out"
    require ip iproute2
    require tcpdump tcpdump
    require ethtool ethtool
    namespace "kdump-$name-$$"
}

finish() {
    local status=$? pid ns
    set +e
    for pid in $(jobs -pr); do kill -9 "$pid"; done
    for ns in "${namespaces[@]}"; do
        # Daemons are nobody's jobs.
        for pid in $(ip netns pids "$ns"); do kill -9 "$pid"; done
        ip netns delete "$ns"
    done
    if [ "$status" = 0 ]; then
        rm -rf "$work"
    else
        echo "$name failed; its logs are in $work" >&2
    fi
    exit "$status"
}

# require COMMAND PACKAGE: installs the Debian package when the command is missing.
require() {
    command -v "$1" >/dev/null || alone install_package "$2"
}

# Another program that installs may hold the lock for a while.
install_package() {
    twice apt-get update -qq && twice env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=120 "$1" >/dev/null
}

# twice COMMAND...: has what asks the network for something try once more where it fails.
twice() { "$@" || "$@"; }

# alone COMMAND...: runs it while no other scenario, of those that run beside this one, does.
alone() {
    mkdir -p "$cache"
    { flock 9 && "$@"; } 9>"$cache/lock"
}

# once DIR COMMAND...: has the command make DIR.partial, which becomes DIR, unless DIR is there.
once() { [ -d "$1" ] || alone twice fetch "$@"; }

fetch() { [ -d "$1" ] || { rm -rf "$1.partial" && "${@:2}" >&2 && mv "$1.partial" "$1"; }; }

# namespace NAME: a network namespace whose loopback looks like a wire: 1500 bytes at most in a packet.
namespace() {
    ns=$1
    ip netns add "$ns"
    namespaces+=("$ns")
    ip -n "$ns" link set lo mtu 1500 up
    ip netns exec "$ns" ethtool -K lo tso off gso off gro off 2>/dev/null
}

# within COMMAND...: runs it in the namespace.
within() { ip netns exec "$ns" "$@"; }

# client COMMAND...: as within, and for five minutes at most, which is far longer than any client here needs.
client() { within timeout -k 10 300 "$@"; }

# background LOG COMMAND...: starts it in the namespace; its process id is then in $pid.
background() {
    local log=$1
    shift
    ip netns exec "$ns" "$@" >"$log" 2>&1 </dev/null &
    pid=$!
}

# stop PID...: asks them to end, and waits until they have.
stop() {
    kill "$@"
    await 60 "processes $* to end" ended "$@"
}

ended() { ! kill -0 "$@"; }

# await SECONDS DESCRIPTION COMMAND...: waits until the command succeeds.
await() {
    local tries=$(($1 * 10)) what=$2
    shift 2
    until "$@" 2>/dev/null; do
        if ((--tries <= 0)); then
            echo "gave up waiting: $what" >&2
            return 1
        fi
        sleep 0.1
    done
}

# classpath SET: the jars of poms/SET.xml, fetched once, as a class path.
classpath() {
    local dir=$cache/jars/$1
    once "$dir" mvn -q -B -f "$make_dir/poms/$1.xml" dependency:copy-dependencies -DoutputDirectory="$dir.partial" && echo "$dir/*"
}

# compile SET FILE...: compiles java/FILE... against the jars of poms/SET.xml; prints the class path to run them with.
compile() {
    local cp classes=$work/classes-$1
    cp=$(classpath "$1")
    shift
    mkdir -p "$classes"
    (cd "$make_dir/java" && javac -nowarn -XDsuppressNotes -Xlint:-removal -d "$classes" -cp "$cp" "$@" >&2)
    echo "$classes:$cp"
}

# virtualenv REQUIREMENT: the Python of an environment with that package and every codec that it can use.
virtualenv() { packages "$1" "$1" python-snappy lz4 zstandard xxhash crc32c; }

# packages NAME REQUIREMENT...: the Python of an environment of that name with those packages.
packages() {
    local dir=$cache/python/$1
    once "$dir" environment "$dir.partial" "${@:2}" && echo "$dir/bin/python"
}

environment() { python3 -m venv "$1" && "$1/bin/python" -m pip install -q "${@:2}"; }

# listening PORT
listening() { within ss -Hltn "sport = :$1" | grep -q .; }

# serve PORT COMMAND...: starts a server in the namespace and waits until it listens; its process id joins $servers.
serve() {
    local port=$1
    shift
    background "$work/$port.log" "$@"
    servers+=("$pid")
    await 180 "a server at port $port" listening "$port" || { cat "$work/$port.log" >&2; return 1; }
}
servers=()

# tour CLASSPATH CLASS ARGUMENT...: runs a compiled client program in the namespace, and shows its output when it fails.
tour() {
    local cp=$1 class=$2
    shift 2
    client java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx128m -cp "$cp" "-Dlog4j2.configurationFile=$make_dir/config/log4j2.xml" \
        "-Dlog4j.configuration=file:$make_dir/config/log4j.properties" -Dkdump.requests=/dev/null -Dkdump.requests.level=OFF -Dkdump.level=WARN "$class" "$@" >"$work/$class.log" 2>&1 ||
        { cat "$work/$class.log" >&2; return 1; }
}

# capture FILE FILTER [TCPDUMP-OPTION...]: starts capturing on loopback, or on what -i in the options says.
capture() {
    local file=$1 filter=$2 interface=(-i lo) log
    log=$work/$(basename "$file").tcpdump.log
    shift 2
    case " $* " in *" -i "*) interface=() ;; esac
    background "$log" tcpdump -Z root "${interface[@]}" -n -B 65536 -U -w "$file" "$@" "$filter"
    captures+=("$pid:$log")
    await 60 "tcpdump to start" grep -q 'listening on' "$log"
    [ -z "${KDUMP_LIVE:-}" ] || live "$(basename "$file" .pcap)"
}

# live NAME: has the kdump that $KDUMP_LIVE names show what passes, as NAME.ndjson among the captures.
live() {
    ip netns exec "$ns" "$KDUMP_LIVE" live -i lo -f ndjson --exact --show-secrets >"$out/$1.ndjson" 2>"$work/$1.live.log" </dev/null &
    captures+=("$!:$work/$1.live.log")
    await 60 "kdump to start" grep -q 'listening on' "$work/$1.live.log"
}

# end_captures: stops them all, and ends the script when a packet, or a line of output, was lost.
end_captures() {
    local entry log
    # The kernel hands packets to tcpdump a second after they came at the latest; how many still wait cannot be asked.
    sleep 1.5
    for entry in "${captures[@]}"; do
        log=${entry#*:}
        kill -INT "${entry%%:*}"
        wait "${entry%%:*}" || true
        # tcpdump counts drops always, kdump where there are any.
        grep -qE '^0 packets dropped by kernel|^kdump: .* exchanges' "$log" && ! grep -qE 'kdump: .* (dropped|lost)' "$log" ||
            { cat "$log" >&2; exit "$lost"; }
    done
    captures=()
}

# kraft_properties: the settings of a broker and controller in one process, on ports 9092 and 9093 of 127.0.0.1.
kraft_properties() {
    cat <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
advertised.listeners=PLAINTEXT://127.0.0.1:9092
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$work/data
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2
group.initial.rebalance.delay.ms=200
log.cleaner.enable=false
END
}

# java_with RELEASE JVM-OPTION...: the command line that runs a Kafka class of that release, in the array java_command.
# The request log goes to the file that the system property kdump.requests names.
java_with() {
    local release=$1
    shift
    java_command=(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "${extra_classes:+$extra_classes:}$(classpath "kafka-$release")"
        "-Dlog4j2.configurationFile=$make_dir/config/log4j2.xml" "-Dlog4j.configuration=file:$make_dir/config/log4j.properties"
        -Dzookeeper.jmx.log4j.disable=true -Dkdump.level=INFO "-Dkdump.requests.level=${requests_level:-DEBUG}" "$@")
}

# format RELEASE PROPERTIES [STORAGE-TOOL-OPTION...]: makes a KRaft node's storage.
format() {
    local release=$1 properties=$2
    shift 2
    java_with "$release" -Xmx128m -Dkdump.requests=/dev/null
    "${java_command[@]}" kafka.tools.StorageTool format -t "$cluster_id" -c "$properties" "$@" >"$properties.format.log" 2>&1 ||
        { cat "$properties.format.log" >&2; return 1; }
}

# broker RELEASE PROPERTIES REQUESTS: starts Kafka and waits until it serves; its process id is then in $broker_pid.
broker() {
    launch "$@"
    await 180 "the broker of $2 to start" grep -qE 'started \(kafka\.server\.Kafka(Raft)?Server\)' "$2.log"
}

# launch: as broker, without waiting.
launch() {
    local release=$1 properties=$2 requests=$3
    java_with "$release" -Xmx320m "-Dkdump.requests=$requests"
    background "$properties.log" "${java_command[@]}" kafka.Kafka "$properties"
    broker_pid=$pid
    broker_release=$release
}

# zookeeper RELEASE: starts ZooKeeper on port 2181; its process id is then in $zookeeper_pid.
zookeeper() {
    cat >"$work/zookeeper.properties" <<END
dataDir=$work/zookeeper
clientPort=2181
clientPortAddress=127.0.0.1
maxClientCnxns=0
admin.enableServer=false
END
    java_with "$1" -Xmx128m -Dkdump.requests=/dev/null
    background "$work/zookeeper.log" "${java_command[@]}" org.apache.zookeeper.server.quorum.QuorumPeerMain "$work/zookeeper.properties"
    zookeeper_pid=$pid
    await 180 "ZooKeeper to start" grep -q 'binding to port' "$work/zookeeper.log"
}

# keep_requests FILE NAME: the request log of this scenario, beside its capture, and of what kdump live has shown the release of the broker.
keep_requests() {
    gzip -9nc "$1" >"$out/$2.requests.log.gz"
    [ -z "${KDUMP_LIVE:-}" ] || echo "$broker_release" >"$out/$2.release"
}

# against RELEASE NAME COMMAND...: runs the command while a new broker serves it, and keeps what passes at the broker's ports as NAME.pcap.gz,
# with the requests that came there; the controller's port only where kdump live, which sees it as well, is held against them. Lines in $extra_properties are added to the broker's settings, words
# in $format_options to what its storage is made with.
against() {
    local release=$1 name=$2 filter='tcp and not port 9093' others='"listener":"CONTROLLER"'
    shift 2
    [ -z "${KDUMP_LIVE:-}" ] || filter=tcp others='^$'
    rm -rf "$work/data"
    kraft_properties >"$work/$name.properties"
    echo "${extra_properties:-}" >>"$work/$name.properties"
    format "$release" "$work/$name.properties" "${format_options[@]}"
    capture "$work/$name.pcap" "$filter"
    broker "$release" "$work/$name.properties" "$work/$name.log"
    "$@"
    stop "$broker_pid"
    end_captures
    gzip -9nc "$work/$name.pcap" >"$out/$name.pcap.gz"
    grep -v "$others" "$work/$name.log" >"$work/$name.clients.log"
    keep_requests "$work/$name.clients.log" "$name"
}
