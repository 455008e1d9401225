#!/usr/bin/env bash
# Three nodes on this machine: an expense approval by several people, a killed leader, and a contract that
# goes back, is taken back, gets one more approver and is corrected.
#
#   demo/run.sh              the demo
#   demo/run.sh MODEL        the same, and drives the processes of this BPMN file to their ends
#
# QUORATE      the program; by default the one that `make build` built
# MODEL_ARGS   more arguments for starting the processes of MODEL, such as '-v amount=1200'
#
# Every line that begins with $ is a command you can repeat in a terminal of your own.
set -euo pipefail

model=${1:-}
[[ -z $model || -r $model ]] || { echo "demo: cannot read $model" >&2; exit 2; }
[[ -z $model ]] || model=$(realpath -- "$model")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${QUORATE:-${CARGO_TARGET_DIR:-target}/release/quorate}
[[ -x $program ]] || { echo "demo: $program is not there; run: make build" >&2; exit 2; }
program=$(realpath -- "$program")

seconds_max=120
folder=$(mktemp -d "${TMPDIR:-/tmp}/quorate-demo.XXXXXX")
pids=(0 0 0 0)
# shellcheck source=demo/lib.sh
. demo/lib.sh
trap clean_up EXIT
trap 'is_fault=no failure=interrupted; exit 130' INT TERM

step "starting three nodes, data in $folder"
choose_ports
for node in 1 2 3; do write_config "$node"; start_node "$node"; done
export QUORATE_ENDPOINT=http://127.0.0.1:${client_port[1]},http://127.0.0.1:${client_port[2]},http://127.0.0.1:${client_port[3]}
say "export QUORATE_ENDPOINT=$QUORATE_ENDPOINT"
run quorate cluster wait --timeout 30s

step "deploying the expense approval"
run quorate deploy demo/expense.bpmn
check "the same file again is the same version" "$(quorate deploy demo/expense.bpmn --get definitions.0.created)" false
if [[ -n $model ]]; then
    step "deploying $model"
    run quorate deploy "$model" || give_up "$model was refused; see the findings above"
fi

step "starting instances; a business key gives one instance, for ever"
start_main=(quorate start expense --business-key trip-1 --initiator ann -v amount=1800 -v answer_within=PT10M)
run "${start_main[@]}"
main=$("${start_main[@]}" --get instance.key)
check "a repeated start creates nothing" "$("${start_main[@]}" --get created)" false
instance[1]=$main
start_expense 2 120 PT2S   # finance will not answer this one in time
start_expense 3 300 PT10M  # the manager will refuse this one
start_expense 4 90 PT10M

step "mia, a manager, looks at her inbox, takes the large expense and approves it"
run quorate task inbox --user mia --group managers
task=$(task_of "$main" manager-review)
run quorate task claim "$task" --user mia --group managers
said "another manager can't take it as well" 4 quorate task claim "$task" --user max --group managers
said "someone outside the group may not touch it" 1 quorate task complete --instance "${instance[3]}" --node manager-review --user eve --group visitors
run quorate task complete "$task" --user mia --group managers --decision approve --opinion "a good trip"

step "leo, a deputy, decides the small ones"
run quorate task complete --instance "${instance[2]}" --node manager-review --user leo --group deputies --decision approve
run quorate task complete --instance "${instance[3]}" --node manager-review --user leo --group deputies --decision reject --opinion "no receipt"
run quorate task complete --instance "${instance[4]}" --node manager-review --user leo --group deputies --decision approve
for number in 3 4; do
    run quorate task complete --instance "${instance[number]}" --node finance-objection --user fin --group finance
done

step "a worker checks the receipts"
run quorate job activate check-receipts --max 10 --worker desk --lease 60s --get jobs.\*.key,jobs.\*.attempt >"$folder/jobs"
cat "$folder/jobs"
# A request answers as soon as there are some jobs, so ask until every one has come.
for _ in 1 2 3 4 5 6 7 8; do
    [[ $(wc -l <"$folder/jobs") -lt 4 ]] || break
    quorate job activate check-receipts --max 10 --worker desk --lease 60s --wait 1s --get jobs.\*.key,jobs.\*.attempt >>"$folder/jobs"
done
check "every instance has its job" "$(wc -l <"$folder/jobs")" 4
while read -r job attempt; do
    run quorate job complete "$job" --attempt "$attempt" -v receipts_ok=true
done <"$folder/jobs"

partition=$(quorate instance get "$main" --get position.partition)
leader=$(quorate cluster status --get "partitions.$partition.leader")
step "killing node $leader, the leader of partition $partition, which holds instance $main"
say "kill -KILL ${pids[leader]}"
kill_node "$leader"

step "going on at once; the client finds the new leader by itself"
run quorate task complete --instance "$main" --node finance-objection --user fin --group finance
start_expense 5 40 PT10M
start_expense 6 60 PT10M
run quorate task complete --instance "$main" --node director-approval --user dora --group directors --decision approve --opinion "agreed"

step "the timer of trip-2 fires without finance"
wait_for_end "${instance[2]}" 20
run quorate instance get "${instance[2]}"

step "finishing the instances that were started without the killed node"
for number in 5 6; do
    run quorate task complete --instance "${instance[number]}" --node manager-review --user leo --group deputies --decision approve
    run quorate task complete --instance "${instance[number]}" --node finance-objection --user fin --group finance
done
complete_jobs check-receipts 2

step "what happened to instance $main"
run quorate instance trace "$main"

step "checking that nothing was lost"
check "instances that are listed" "$(quorate instance list --definition expense --get instances.#)" 6
for number in 1 2 3 4 5 6; do
    key=$(quorate instance list --definition expense --business-key "trip-$number" --get instances.\*.key)
    check "business key trip-$number leads to its one instance" "$key" "${instance[number]}"
    wanted=approved
    [[ $number != 3 ]] || wanted=rejected
    check "outcome of trip-$number" "$(quorate instance get "$key" --get outcome.code)" "$wanted"
done
check "the start of trip-1 again, after the failure" "$("${start_main[@]}" --get created,instance.key)" "false"$'\t'"$main"
quorate instance trace "$main" --get entries.\*.kind,entries.\*.operator >"$folder/trace"
check "who completed tasks of trip-1" "$(awk '$1 == "task.completed" { print $2 }' "$folder/trace" | xargs)" "mia fin dora"
check "jobs completed in trip-1" "$(grep -c '^job.completed' "$folder/trace")" 1

if [[ -n $model ]]; then
    step "driving the processes of $model to their ends"
    for definition in $(quorate deploy "$model" --get definitions.\*.key 2>/dev/null); do drive "$definition"; done
fi

step "starting node $leader again and waiting until it has caught up"
start_node "$leader"
run quorate cluster wait --caught-up --timeout 30s
alone=http://127.0.0.1:${client_port[leader]}
check "node $leader knows the end of trip-1" "$(quorate instance get "$main" --endpoint "$alone" --get outcome.code)" approved

step "a contract: ines drafts it, law and finance check it side by side"
run quorate deploy demo/contract.bpmn
contract=$(quorate start contract --business-key c-1 --initiator ines --get instance.key)
run quorate task complete --instance "$contract" --node draft --user ines --decision submit
run quorate task returnable "$(task_of "$contract" law)"

step "lea sends it back to the author: out of the parallel region, first as a plan"
run quorate task return --instance "$contract" --node law --user lea --to draft --reason "clause 4 is missing" --dry-run
run quorate task return --instance "$contract" --node law --user lea --to draft --reason "clause 4 is missing"
check "what is open now" "$(quorate instance current "$contract" --get nodes.\*)" draft
run quorate task complete --instance "$contract" --node draft --user ines --decision submit

step "lea approves, takes it back while finance still checks, and approves again"
run quorate task complete --instance "$contract" --node law --user lea --decision approve
run quorate instance retract "$contract" --node law --user lea --reason "one more look"
run quorate task complete --instance "$contract" --node law --user lea --decision approve
run quorate task complete --instance "$contract" --node finance --user fin --decision approve

step "the board decides together; mia asks zoe to decide as well"
run quorate task add-approver "$(quorate task inbox --user mia --get tasks.0.key)" --user mia --approver zoe --position parallel --reason "she knows the supplier"
for member in mia max zoe; do
    run quorate task complete "$(quorate task inbox --user "$member" --get tasks.0.key)" --user "$member" --decision approve
done
check "what is open once all three have approved" "$(quorate instance current "$contract" --get nodes.\*)" signature

step "the business says the board has to meet again: an administrator corrects the engine"
version=$(quorate instance get "$contract" --get version)
run quorate instance correct "$contract" --to board --user root --group admin --reason "a member was absent" --expected-version "$version"
said "nobody else may" 1 quorate instance correct "$contract" --to signature --user mia --reason "done already"
for member in mia max; do
    run quorate task complete "$(quorate task inbox --user "$member" --get tasks.0.key)" --user "$member" --decision approve
done
run quorate task complete --instance "$contract" --node signature --user dora --decision approve
check "outcome of the contract" "$(quorate instance get "$contract" --get outcome.code)" signed
quorate instance trace "$contract" --get entries.\*.kind >"$folder/contract"
for kind in task.returned task.retracted task.approver_added process.corrected join.fired; do
    check "$kind in its trace" "$(grep -c "^$kind" "$folder/contract")" 1
done

step "stopping the nodes"
for node in 1 2 3; do stop_node "$node"; done
echo "demo: ok"
