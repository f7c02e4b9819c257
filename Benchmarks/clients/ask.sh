# shellcheck shell=sh source=/dev/null
# ask.sh CALLS: one call, then so many; prints the seconds that these took. Each call is made anew: a shell keeps nothing.
. "${MACIE_BROKER_SH:?}"

ask() { macie_broker session --output json >/dev/null || exit; }

ask
begun=$(date +%s.%N)
calls=$1
while [ "$calls" -gt 0 ]; do
    ask
    calls=$((calls - 1))
done
echo "$(date +%s.%N) $begun" | awk '{ print $1 - $2 }'
