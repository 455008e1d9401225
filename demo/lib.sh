# What demo/run.sh needs besides the `quorate` command itself.

# shellcheck shell=bash
client_port=() instance=()
failure='a command failed; see above' is_fault=yes

quorate() { "$program" "$@"; }

# Talk goes to the script's own output even where a command's output is caught.
exec 3>&1
say() { printf '$ %s\n' "$*" >&3; }

# Says a command the way it can be typed again, and runs it.
run() {
    local word line=
    for word in "$@"; do
        [[ $word =~ ^[A-Za-z0-9_./:=,#-]+$ ]] || word="'$word'"
        line+="$word "
    done
    say "${line% }"
    "$@"
}

step() {
    printf '\n==> %s\n' "$*"
    [[ $SECONDS -lt $seconds_max ]] || fail "this takes longer than $seconds_max seconds"
}

fail() {
    failure=$*
    exit 1
}

# Ends the demo for a reason that lies in what it was given, not in the nodes.
give_up() {
    is_fault=no
    fail "$@"
}

# check WHAT FOUND EXPECTED
check() {
    [[ $2 == "$3" ]] || fail "$1: found '$2', expected '$3'"
    printf 'ok: %s: %s\n' "$1" "${2//$'\t'/ }"
}

# said WHAT CODE COMMAND...: the command must be refused with this exit code.
said() {
    local what=$1 expected=$2 found=0
    shift 2
    run "$@" || found=$?
    check "$what, exit code" "$found" "$expected"
}

# Nine ports that nobody listens on.
choose_ports() {
    local port found=()
    while [[ ${#found[@]} -lt 9 ]]; do
        port=$((20000 + RANDOM % 10000))
        if [[ " ${found[*]} " != *" $port "* ]] && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            found+=("$port")
        fi
    done
    client_port=(0 "${found[@]:0:3}")
    peer_port=(0 "${found[@]:3:3}")
    admin_port=(0 "${found[@]:6:3}")
}

write_config() {
    cat >"$folder/node-$1.toml" <<CONFIG
[node]
id = $1
data = "$folder/data-$1"

[cluster]
id = "demo"
partitions = 4
peers = [
    { id = 1, address = "127.0.0.1:${peer_port[1]}" },
    { id = 2, address = "127.0.0.1:${peer_port[2]}" },
    { id = 3, address = "127.0.0.1:${peer_port[3]}" },
]

[listen]
client = "127.0.0.1:${client_port[$1]}"
peer = "127.0.0.1:${peer_port[$1]}"
admin = "127.0.0.1:${admin_port[$1]}"
CONFIG
}

start_node() {
    say "quorate server --config $folder/node-$1.toml &"
    "$program" server --config "$folder/node-$1.toml" >>"$folder/node-$1.log" 2>&1 &
    pids[$1]=$!
}

kill_node() {
    kill -KILL "${pids[$1]}"
    wait "${pids[$1]}" 2>/dev/null || true
    pids[$1]=0
}

# Ends a node in order; it must say that all went well.
stop_node() {
    local pid=${pids[$1]} status=0 end=$((SECONDS + 20))
    say "kill $pid"
    kill -TERM "$pid"
    while kill -0 "$pid" 2>/dev/null; do
        [[ $SECONDS -lt $end ]] || fail "node $1 did not stop within 20 s"
        sleep 0.1
    done
    wait "$pid" || status=$?
    pids[$1]=0
    check "node $1 stopped, exit code" "$status" 0
}

clean_up() {
    local status=$? node
    trap - EXIT
    for node in 1 2 3; do
        [[ ${pids[node]} == 0 ]] || kill -KILL "${pids[node]}" 2>/dev/null || true
        [[ ${pids[node]} == 0 ]] || wait "${pids[node]}" 2>/dev/null || true
    done
    if [[ $status -eq 0 || $is_fault == no ]]; then
        rm -rf "$folder"
    else
        for node in 1 2 3; do
            printf '\nlast lines of %s\n' "$folder/node-$node.log" >&2
            tail -n 5 "$folder/node-$node.log" >&2 2>/dev/null || true
        done
        printf '\nconfigurations, data and logs are kept in %s\n' "$folder" >&2
    fi
    [[ $status -eq 0 ]] || printf 'demo: FAILED: %s\n' "$failure" >&2
    exit "$status"
}

# start_expense NUMBER AMOUNT ANSWER_WITHIN
start_expense() {
    local start=(quorate start expense --business-key "trip-$1" --initiator ann -v "amount=$2" -v "answer_within=$3")
    instance[$1]=$(run "${start[@]}" --get instance.key)
    printf '%s\n' "${instance[$1]}"
}

# Key of the task at a node of an instance.
task_of() {
    quorate instance current "$1" --get current_nodes.\*.node,current_nodes.\*.kind,current_nodes.\*.key |
        awk -v node="$2" '$1 == node && $2 == "task" { print $3 }'
}

# wait_for_end INSTANCE SECONDS
wait_for_end() {
    local end=$((SECONDS + $2))
    until [[ -n $(quorate instance get "$1" --get outcome.code) ]]; do
        [[ $SECONDS -lt $end ]] || fail "instance $1 did not end within $2 s"
        sleep 0.2
    done
}

# complete_jobs TYPE COUNT
complete_jobs() {
    local job attempt count=0 end=$((SECONDS + 30))
    while [[ $count -lt $2 ]]; do
        [[ $SECONDS -lt $end ]] || fail "only $count of $2 jobs of type $1 came"
        while read -r job attempt; do
            run quorate job complete "$job" --attempt "$attempt" -v receipts_ok=true
            count=$((count + 1))
        done < <(quorate job activate "$1" --max 10 --worker desk --wait 2s --get jobs.\*.key,jobs.\*.attempt)
    done
}

# Starts a definition and does whatever waits, as whoever may, until it ends.
drive() {
    local key end=$((SECONDS + 20)) rounds=0
    # shellcheck disable=SC2086 # several arguments on purpose
    key=$(run quorate start "$1" --business-key model-1 --initiator ann ${MODEL_ARGS:-} --get instance.key) ||
        give_up "an instance of $1 could not be started; see above, and perhaps set MODEL_ARGS"
    while [[ -z $(quorate instance get "$key" --get outcome.code) ]]; do
        rounds=$((rounds + 1))
        if [[ $SECONDS -ge $end || $rounds -gt 200 ]]; then
            quorate instance get "$key"
            if ! quorate instance current "$key" --get current_nodes.\*.kind | grep -qvx timer; then
                printf 'the instance of %s waits for its timer only; it is not driven further\n' "$1"
                return 0
            fi
            give_up "the instance of $1 did not end within 20 s or 200 rounds; where it stands is above"
        fi
        drive_once "$key"
    done
    printf 'ok: the instance of %s ended with outcome %s\n' "$1" "$(quorate instance get "$key" --get outcome.code)"
}

# Does each thing that waits in an instance once.
drive_once() {
    local line thing kind assignee users groups job_type fields
    fields=current_nodes.\*.key,current_nodes.\*.kind
    for line in assignee candidate_users candidate_groups job_type; do fields+=,current_nodes.\*.waits_for.$line; done
    quorate instance current "$1" --get "$fields" >"$folder/current"
    while IFS= read -r line; do
        IFS='|' read -r thing kind assignee users groups job_type <<<"${line//$'\t'/|}"
        case $kind in
        task) drive_task "$thing" "$assignee" "$users" "$groups" ;;
        job) drive_job "$job_type" ;;
        repair) drive_incidents "$1" ;;
        *) sleep 0.2 ;;
        esac
    done <"$folder/current"
}

# drive_task TASK ASSIGNEE USERS GROUPS: completes it as the first who may.
drive_task() {
    local who=(--user "${2:-${3%%,*}}") code=0
    [[ -n ${who[1]} ]] || who[1]=demo
    [[ -z $4 ]] || who+=(--group "${4%%,*}")
    run quorate task complete "$1" "${who[@]}" --decision approve --get instance.version >"$folder/out" || code=$?
    # In conflict: a timer or another branch was quicker, which is fine.
    [[ $code -eq 0 || $code -eq 4 ]] || give_up "task $1 could not be completed; see above"
}

# Completes the jobs of a type that can be leased now.
drive_job() {
    local job attempt code=0
    quorate job activate "$1" --max 10 --worker desk --wait 1s --get jobs.\*.key,jobs.\*.attempt >"$folder/jobs"
    while read -r job attempt; do
        run quorate job complete "$job" --attempt "$attempt" --get instance.version >"$folder/out" || code=$?
        [[ $code -eq 0 || $code -eq 4 ]] || give_up "job $job could not be completed; see above"
    done <"$folder/jobs"
}

# Incidents over a variable that nobody set are resolved with a value that the expression may like.
drive_incidents() {
    local line incident message name value
    local missing='no variable `([^`]+)`' number='[<>]=? *[0-9]'
    quorate instance get "$1" --get incidents.\*.key,incidents.\*.message >"$folder/incidents"
    while IFS=$'\t' read -r incident message; do
        printf 'incident %s: %s\n' "$incident" "$message"
        if ! [[ $message =~ $missing ]]; then
            quorate instance get "$1"
            give_up "an incident stopped instance $1; see above, and perhaps set MODEL_ARGS"
        fi
        name=${BASH_REMATCH[1]} value=true
        [[ ! $message =~ $number ]] || value=1
        local quoted="$name *==? *[\"']([^\"']*)[\"']"
        [[ ! $message =~ $quoted ]] || value="\"${BASH_REMATCH[1]}\""
        run quorate incident resolve "$incident" -v "$name=$value" --get instance.version >"$folder/out"
    done <"$folder/incidents"
}
