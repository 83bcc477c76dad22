#!/bin/bash
# Waits until the group wants to terminate this instance, and then lets the gateway finish: the load balancer stops sending,
# the gateway stores and acknowledges what it holds, and the hook is told. Ends within the hook's time.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

until [[ "$(metadata autoscaling/target-lifecycle-state 2>/dev/null)" == Terminated ]]; do
  sleep "${POLL_SECONDS}"
done

log "terminating: the load balancer lets go for ${DEREGISTRATION_SECONDS} s"
sleep "${DEREGISTRATION_SECONDS}"

log "stopping the gateway"
result=CONTINUE
systemctl stop lake-ingest.service || result=ABANDON
# success: it stored and acknowledged all that it held, and exited with 0. Anything else, a time-out or a lack of memory
# among it: the instance is kept, so that somebody can look at it.
ended=$(systemctl show --property Result --value lake-ingest.service)
[[ "${ended}" == success ]] || result=ABANDON

log "the gateway ended with ${ended}: ${result}"
retry 5 complete "${TERMINATE_HOOK}" "${result}"
